import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { differenceOf } from "../../../../src/admin/page/difference.ts";
import { assertHolds } from "../../../support/properties.ts";

interface Client {
  readonly merged: (before: unknown, patch: unknown) => unknown;
}

/** What the page does with a difference. */
const { merged } = (await import(
  new URL("../../../../src/admin/page/client/merge.js", import.meta.url).href
)) as Client;

/**
 * No null: see PageState. `=` begins a name from outside, so a key is never `__proto__`. No backslash: once an object had the key `=\`,
 * JSON.parse of V8 13.6 returns that key instead of `="` or `=\n`.
 */
const key = fc.string({ maxLength: 3 }).map((name) => `=${name.replaceAll("\\", "")}`);
const { state } = fc.letrec<{ state: object; value: unknown }>((tie) => ({
  state: fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  value: fc.oneof(
    { depthSize: "small" },
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.array(fc.string(), { maxLength: 2 }),
    tie("state"),
  ),
}));

test("a difference turns what the page had into what init has, also after its way as JSON", () => {
  assertHolds(
    fc.property(state, state, (before, after) => {
      const difference = differenceOf(before, after) ?? {};
      assert.deepEqual(merged(before, JSON.parse(JSON.stringify(difference))), after);
    }),
  );
});

test("there is no difference between equal states", () => {
  assertHolds(fc.property(state, (one) => assert.equal(differenceOf(one, structuredClone(one)), undefined)));
});

test("a difference names only what changed", () => {
  const before = { processes: { a: { pid: 1, state: "taking" }, b: { pid: 2 } }, totals: { completed: 1 } };
  const after = { processes: { a: { pid: 1, state: "draining" } }, totals: { completed: 1 } };
  assert.deepEqual(differenceOf(before, after), { processes: { a: { state: "draining" }, b: null } });
});
