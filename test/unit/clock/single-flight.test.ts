import assert from "node:assert/strict";
import { test } from "node:test";
import { SingleFlight } from "../../../src/clock/single-flight.ts";

function start() {
  let nowMs = 0;
  let begun = 0;
  const ends: (() => void)[] = [];
  const singleFlight = new SingleFlight(10_000, { now: () => nowMs });
  return {
    at: (ms: number) => {
      nowMs = ms;
      return singleFlight.run(() => {
        begun++;
        return new Promise<void>((resolve) => ends.push(resolve));
      });
    },
    begun: () => begun,
    end: (index: number) => ends[index]?.(),
  };
}

test("one task runs at a time, and the next begins when it has ended", async () => {
  const { at, begun, end } = start();
  const first = at(0);
  await at(5_000);
  assert.equal(begun(), 1);
  end(0);
  await first;
  void at(6_000);
  assert.equal(begun(), 2);
});

test("a task that hangs is left behind, and its late end begins no other", async () => {
  const { at, begun, end } = start();
  const hung = at(0);
  void at(10_000);
  assert.equal(begun(), 2);
  end(0);
  await hung;
  await at(11_000);
  assert.equal(begun(), 2, "the second still runs");
});

test("a task that fails lets the next begin", async () => {
  const singleFlight = new SingleFlight(10_000);
  await assert.rejects(singleFlight.run(() => Promise.reject(new Error("refused"))));
  let done = false;
  await singleFlight.run(async () => {
    done = true;
  });
  assert.ok(done);
});
