import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runInThisContext } from "node:vm";
import * as bullmq from "bullmq";
import { foreignKind, isFinal, ownControl, ownFinal } from "../../../../src/bull/worker/error-kind.ts";

/** Another copy of BullMQ, as a bundler leaves it: its classes have other names, or none that help. */
class UnrecoverableError2 extends Error {
  constructor(message = "bullmq:unrecoverable") {
    super(message);
    this.name = this.constructor.name;
  }
}
class _DelayedError extends Error {
  override name = "_DelayedError";
}
class Fatal extends UnrecoverableError2 {}
class a extends Error {
  override name = "a";
}

/** What esbuild, Terser and SWC make of BullMQ's classes, and an application's class that is like them. */
const minified = {
  esbuild:
    "class t extends Error{constructor(e=J.UNRECOVERABLE_ERROR){super(e),this.name=this.constructor.name,Object.setPrototypeOf(this,new.target.prototype)}}",
  terser:
    "class extends Error{constructor(e=t){super(e),this.name=this.constructor.name,Object.setPrototypeOf(this,new.target.prototype)}}",
  keepNames:
    'class n extends Error{static{i(this,"n")}constructor(e=t){super(e),this.name=this.constructor.name,Object.setPrototypeOf(this,new.target.prototype)}}',
  plain: `class n extends Error {
    constructor(message = t) {
      super(message);
      this.name = this.constructor.name;
      Object.setPrototypeOf(this, new.target.prototype);
    }
  }`,
};

/** Creating another one would count. */
class Counted extends Error {
  static count = 0;
  constructor(message = "bullmq:unrecoverable") {
    super(message);
    this.name = this.constructor.name;
    Object.setPrototypeOf(this, new.target.prototype);
    Counted.count++;
  }
}

function evaluated(code: string, message: string): new (message?: string) => Error {
  const define = runInThisContext(`(J, t, i) => (${code})`) as (...values: unknown[]) => new () => Error;
  return define({ UNRECOVERABLE_ERROR: message }, message, () => undefined);
}

describe("the kind of an error of another copy", () => {
  const kinds: [string, Error, string | undefined][] = [
    ["a renamed class", new UnrecoverableError2("no"), "UnrecoverableError"],
    ["a class with an underscore", new _DelayedError("bullmq:movedToDelayed"), "DelayedError"],
    ["an application's own subclass", new Fatal("no"), "UnrecoverableError"],
    ["a minified class with BullMQ's message", new a("bullmq:movedToWaitingChildren"), "WaitingChildrenError"],
    ["a minified class with another message", new a("no"), undefined],
    ["any other error", new TypeError("no"), undefined],
    ["a class whose constructor does more", new Counted("no"), undefined],
    ["an error that only has the name", Object.assign(new Error("no"), { name: "UnrecoverableError" }), undefined],
    ["this copy's error", new bullmq.UnrecoverableError("no"), undefined],
    ["this copy's rate limit", new bullmq.RateLimitError(), undefined],
    ["a proxy that throws", new Proxy(new Error("no"), { getPrototypeOf: () => assert.fail() }), undefined],
  ];
  for (const [tool, code] of Object.entries(minified)) {
    const Minified = evaluated(code, "bullmq:unrecoverable");
    kinds.push([`a class as ${tool} leaves it, with a message of its own`, new Minified("no"), "UnrecoverableError"]);
    const Own = evaluated(code, "out of stock");
    kinds.push([`an application's class that ${tool} has made alike`, new Own(), undefined]);
  }
  for (const [what, error, kind] of kinds)
    test(`${what}: ${kind ?? "none"}`, () => assert.equal(foreignKind(bullmq, error), kind));
});

test("no class is instantiated whose constructor does more", () => {
  const { count } = Counted;
  foreignKind(bullmq, new Counted("no"));
  assert.equal(Counted.count, count + 1);
});

test("a final error of another copy is final, and BullMQ gets its own class with the same text and stack", () => {
  const error = new Fatal("no more");
  assert.equal(isFinal(bullmq, error), true);
  const own = ownFinal(bullmq, error);
  assert.ok(own instanceof bullmq.UnrecoverableError);
  assert.deepEqual([own.message, own.stack], ["no more", error.stack]);
  const other = new TypeError("once");
  assert.equal(isFinal(bullmq, other), false);
  assert.equal(ownFinal(bullmq, other), other);
});

test("a control error of another copy becomes this copy's", () => {
  assert.ok(ownControl(bullmq, new _DelayedError("later")) instanceof bullmq.DelayedError);
  const limited = ownControl(bullmq, new a("bullmq:rateLimitExceeded"));
  assert.ok(limited instanceof bullmq.RateLimitError);
  assert.equal(limited.message, "bullmq:rateLimitExceeded");
  const final = new UnrecoverableError2("no");
  assert.equal(ownControl(bullmq, final), final);
});
