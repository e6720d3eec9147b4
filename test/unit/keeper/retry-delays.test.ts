import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { RetryDelays } from "../../../src/keeper/retry-delays.ts";
import { type RetryDelayQuestion, retryDelayTimeoutMs } from "../../../src/protocol/retry-delay.ts";

function delays() {
  const asked: RetryDelayQuestion[] = [];
  const lines: string[] = [];
  const write = (line: string) => void lines.push((JSON.parse(line) as { msg: string }).msg);
  const log = pino({ base: null }, { write });
  return { asked, lines, delays: new RetryDelays({ log, ask: (question) => asked.push(question) }) };
}

const timeoutMs = retryDelayTimeoutMs;
const attempt = { queue: "mail", id: "1", attemptsMade: 2, error: new TypeError("no"), timeoutMs };

test("a worker's answer is the delay, and 0 is one", async () => {
  const { asked, lines, delays: here } = delays();
  const both = [here.of(attempt), here.of({ ...attempt, id: "2" })];
  const failure = { name: "TypeError", message: "no" };
  assert.deepEqual(asked, [
    { number: 0, queue: "mail", id: "1", attemptsMade: 2, failure },
    { number: 1, queue: "mail", id: "2", attemptsMade: 2, failure },
  ]);
  here.answered({ number: 1, delayMs: 0 });
  here.answered({ number: 0, delayMs: 1_500 });
  here.answered({ number: 7, delayMs: 1 });
  assert.deepEqual(await Promise.all(both), [1_500, 0]);
  assert.deepEqual(lines, []);
});

test("a strategy that throws fails the job for good, as in a worker", async () => {
  const { lines, delays: here } = delays();
  const delay = here.of(attempt);
  here.answered({ number: 0, error: "a mistake" });
  assert.equal(await delay, -1);
  assert.deepEqual(lines, ["failed job for good: its back-off strategy threw"]);
});

test("without an answer in time the job is retried at once, and the next jobs of the queue do not wait as long", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { asked, lines, delays: here } = delays();
  const first = here.of(attempt);
  t.mock.timers.tick(retryDelayTimeoutMs);
  assert.equal(await first, 0);
  assert.equal(await here.of({ ...attempt, id: "2" }), 0);
  const another = here.of({ ...attempt, queue: "sms" });
  here.answered({ number: 2, delayMs: 3 });
  assert.equal(await another, 3);
  assert.deepEqual(
    asked.map(({ queue, id }) => `${queue}:${id}`),
    ["mail:1", "sms:1"],
  );
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? "", /^retried job at once: no worker/);
});

test("a worker that cannot call the strategy says so, and the job is retried at once", async () => {
  const { delays: here } = delays();
  const delay = here.of(attempt);
  here.answered({ number: 0 });
  assert.equal(await delay, 0);
});
