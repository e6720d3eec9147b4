// Replacements of Node's own functions: no code can tell the difference, except by what they are for.
import assert from "node:assert/strict";
import crypto from "node:crypto";
import test from "node:test";
import vm from "node:vm";
import { trackCpuTime } from "../../../../src/engine/identity/cpu-time.ts";
import { trackEntropy } from "../../../../src/engine/identity/entropy.ts";
import { wrapBuiltIn } from "../../../../src/engine/identity/wrap-built-in.ts";

type Owners = Readonly<Record<string, readonly [owner: object, names: readonly string[]]>>;

const wrapped: Owners = {
  Math: [Math, ["random"]],
  vm: [vm, ["createContext", "runInNewContext"]],
  "vm.Script": [vm.Script.prototype, ["runInNewContext"]],
  crypto: [crypto, ["randomFillSync", "randomBytes"]],
  webcrypto: [Object.getPrototypeOf(crypto.webcrypto) as object, ["getRandomValues"]],
  process: [process, ["cpuUsage", "threadCpuUsage", "resourceUsage"].filter((name) => name in process)],
};

/** What a program can observe about a function without calling it. */
function looks(owner: object, name: string): object {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  const { value, ...flags } = descriptor as { value: () => unknown };
  return {
    flags,
    properties: Reflect.ownKeys(value).map((key) => [key, Reflect.getOwnPropertyDescriptor(value, key)]),
    prototype: Reflect.getPrototypeOf(value),
    isConstructor: isConstructor(value),
  };
}

/** Does not call it: only a constructor can be a newTarget. */
function isConstructor(value: () => unknown): boolean {
  try {
    Reflect.construct(Object, [], value);
    return true;
  } catch {
    return false;
  }
}

function look(): Map<string, object> {
  return new Map(
    Object.entries(wrapped).flatMap(([label, [owner, names]]) =>
      names.map((name) => [`${label}.${name}`, looks(owner, name)] as const),
    ),
  );
}

test("each built-in function that is wrapped looks as Node made it", () => {
  const before = look();
  const functions = new Map(
    Object.entries(wrapped).map(([label, [owner, [name = ""]]]) => [label, Reflect.get(owner, name)]),
  );
  trackEntropy();
  trackCpuTime();
  for (const [label, [owner, [name = ""]]] of Object.entries(wrapped))
    assert.notEqual(Reflect.get(owner, name), functions.get(label), `${label}.${name} is not wrapped`);
  for (const [name, looksNow] of look()) assert.deepEqual(looksNow, before.get(name), name);
});

test("a wrapped constructor makes with new what it made before", () => {
  class Built {
    readonly given: unknown;
    constructor(given: unknown) {
      this.given = given;
    }
  }
  const owner = { Built };
  const seen: unknown[] = [];
  wrapBuiltIn(owner, "Built", (args, proceed) => {
    seen.push(...args);
    return proceed(args);
  });
  const built = new owner.Built(7);
  assert.ok(built instanceof Built);
  assert.equal(built.given, 7);
  assert.deepEqual(seen, [7]);
});

test("Node reports wrong arguments as it did before", () => {
  const refused = () => vm.runInNewContext("1", {}, { contextName: 3 as unknown as string });
  assert.throws(refused, /"options\.contextName" property must be of type string/);
  assert.throws(() => Reflect.construct(Math.random, []), TypeError);
});
