import assert from "node:assert/strict";
import { test } from "node:test";
import { recent } from "../../../src/admin/recent.ts";

function asked() {
  let now = 0;
  const answers: { resolve: (value: number) => void; reject: (cause: Error) => void }[] = [];
  const ask = recent<number>(
    250,
    () => now,
    () => new Promise((resolve, reject) => answers.push({ resolve, reject })),
  );
  return { ask, answers, pass: (ms: number) => void (now += ms) };
}

test("a thousand requests at once cost one answer, which is kept for a moment", async () => {
  const { ask, answers, pass } = asked();
  const all = Array.from({ length: 1_000 }, () => ask());
  pass(10_000);
  all.push(ask());
  assert.equal(answers.length, 1);
  answers[0]?.resolve(1);
  assert.deepEqual(new Set(await Promise.all(all)), new Set([1]));
  pass(249);
  assert.equal(await ask(), 1);
  pass(1);
  const second = ask();
  answers[1]?.resolve(2);
  assert.equal(await second, 2);
});

test("a failure is passed to those who asked, and is not kept", async () => {
  const { ask, answers } = asked();
  const first = ask();
  answers[0]?.reject(new Error("as asked"));
  await assert.rejects(first, /as asked/);
  const second = ask();
  answers[1]?.resolve(2);
  assert.equal(await second, 2);
});
