import assert from "node:assert/strict";
import test from "node:test";
import { cachedDataVersionTag, setFlagsFromString } from "node:v8";
import { runInThisContext } from "node:vm";
import { compileAhead, partsOf } from "../../../src/heap/compile-ahead.ts";

/** Whether V8 sees it as other than a function that was never called. */
function isCompiled(function_: unknown): boolean {
  setFlagsFromString("--allow-natives-syntax");
  try {
    const status = runInThisContext("(f) => %GetOptimizationStatus(f)") as (of: unknown) => number;
    return status(function_) !== status(() => 0);
  } finally {
    setFlagsFromString("--no-allow-natives-syntax");
  }
}

let calls = 0;

function call(): number {
  return ++calls;
}

class Counter {
  #count = 0;

  add(): number {
    return ++this.#count;
  }

  get count(): number {
    return this.#count;
  }
}

test("functions are compiled, and not called", () => {
  const tag = cachedDataVersionTag();
  const inner = () => calls;
  const all = [call, inner, ...partsOf(new Counter(), { late: () => calls })];
  assert.equal(isCompiled(inner), false);
  assert.ok(compileAhead(all));
  assert.equal(cachedDataVersionTag(), tag, "earlier code caches are still accepted");
  const functions = all.filter((one) => typeof one === "function" && one !== Counter);
  assert.equal(functions.length, 5);
  assert.ok(functions.every(isCompiled));
  assert.equal(calls, 0);
  assert.equal(call(), 1);
  const counter = new Counter();
  counter.add();
  assert.equal(counter.count, 1);
});

test("what V8 cannot compile is left out", () => {
  const bound = call.bind(undefined);
  assert.ok(compileAhead([undefined, 1, Counter, bound, new Proxy(call, {}), ...partsOf(Math, process)]));
});

test("code cannot use V8's own functions afterwards", () => {
  assert.throws(() => runInThisContext("%GetOptimizationStatus(() => 1)"), SyntaxError);
});
