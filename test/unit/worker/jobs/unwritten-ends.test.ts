import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UnwrittenEnds } from "../../../../src/worker/jobs/unwritten-ends.ts";

const attempt = (id: string) => ({ queue: "mail", id, starts: 2, ends: 1 });
const plain = (message: string) => ({ failure: new Error(message), isFinal: false });

describe("ends that a worker cannot write", () => {
  test("are passed on with their attempt: a result as JSON, nothing as nothing, a failure with its stack", () => {
    const ends = new UnwrittenEnds();
    const failure = new TypeError("no");
    ends.add(attempt("1"), { result: { sent: 3 } });
    ends.add(attempt("2"), { result: undefined });
    ends.add(attempt("3"), { failure, isFinal: true });
    const { stack } = failure;
    assert.deepEqual(ends.fitting, [
      { outcome: "unwritten", ...attempt("1"), result: '{"sent":3}' },
      { outcome: "unwritten", ...attempt("2") },
      { outcome: "unwritten", ...attempt("3"), failure: { name: "TypeError", message: "no", stack, isFinal: true } },
    ]);
  });

  test("fail, as with BullMQ, where the result cannot be JSON", () => {
    const ends = new UnwrittenEnds();
    ends.add(attempt("1"), { result: 1n });
    assert.equal(ends.fitting[0]?.failure?.name, "TypeError");
    assert.match(ends.fitting[0]?.failure?.message ?? "", /BigInt/);
  });

  test("are measured as they are sent: what is too large is named, and leaves room for the others", () => {
    const ends = new UnwrittenEnds(1_000);
    ends.add(attempt("long"), { result: "x".repeat(1_000) });
    ends.add(attempt("quotes"), { result: '"'.repeat(300) });
    ends.add(attempt("1"), { result: "x".repeat(500) });
    ends.add(attempt("2"), { result: "x".repeat(500) });
    ends.add(attempt("3"), { result: "x" });
    const named = ends.tooLarge.map(({ id }) => id);
    assert.deepEqual(
      [ends.fitting.map(({ id }) => id), named],
      [
        ["1", "3"],
        ["long", "quotes", "2"],
      ],
    );
    assert.ok(JSON.stringify(ends.fitting).length < 1_000);
  });

  test("leave room for the whole ids of lost jobs, which messages shorten", () => {
    const ends = new UnwrittenEnds(2_000);
    const [short, long, longer] = [8, 600, 5_000].map((length) => ({ queue: "mail", id: "x".repeat(length) }));
    assert.ok(short && long && longer);
    assert.deepEqual(ends.withLongId(short), short);
    assert.deepEqual(ends.withLongId(long), { ...long, longId: long.id });
    assert.deepEqual(ends.withLongId(longer), longer);
    ends.add(attempt("1"), { result: "x".repeat(1_400) });
    assert.equal(ends.tooLarge.length, 1);
  });

  test("of which the text of a failure is shortened", () => {
    const ends = new UnwrittenEnds();
    ends.add(attempt("1"), plain("x".repeat(100_000)));
    assert.ok(JSON.stringify(ends.fitting).length < 40_000);
    assert.match(ends.fitting[0]?.failure?.message ?? "", /characters left out/);
  });
});
