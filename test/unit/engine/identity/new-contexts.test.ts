import assert from "node:assert/strict";
import test from "node:test";
import vm from "node:vm";
import { shareWithNewContexts } from "../../../../src/engine/identity/new-contexts.ts";

const drawn = () => 0.25;
shareWithNewContexts(drawn);

test("each way to create a context gives it the main context's generator", () => {
  const draw = "Math.random()";
  assert.equal(vm.runInContext(draw, vm.createContext()), 0.25);
  assert.equal(vm.runInContext(draw, vm.createContext(vm.constants.DONT_CONTEXTIFY)), 0.25);
  assert.equal(vm.runInNewContext(draw), 0.25);
  assert.equal(vm.runInNewContext(draw, {}, "named.js"), 0.25);
  assert.equal(new vm.Script(draw).runInNewContext({}), 0.25);
});

test("objects, options and existing contexts are passed on unchanged", () => {
  const object = { answer: 41 };
  assert.equal(vm.runInNewContext("++answer", object, { contextName: "mine", filename: "mine.js" }), 42);
  assert.equal(object.answer, 42);
  const context = vm.createContext({ own: 1 });
  vm.runInContext("Math.random = () => 7", context);
  assert.equal(vm.createContext(context), context);
  assert.equal(new vm.Script("Math.random()").runInNewContext(context), 7);
  const forbidden = { contextCodeGeneration: { strings: false } };
  assert.throws(() => vm.runInNewContext("eval('1')", {}, forbidden), /Code generation from strings disallowed/);
  assert.throws(() => Reflect.apply(vm.createContext, vm, [3]), { code: "ERR_INVALID_ARG_TYPE" });
});
