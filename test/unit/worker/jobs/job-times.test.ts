import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { countOf } from "../../../../src/protocol/histogram.ts";
import type { JobTimesMessage } from "../../../../src/protocol/job-times.ts";
import { JobTimes } from "../../../../src/worker/jobs/job-times.ts";

const job = { timestamp: 1_000, opts: { delay: 500 }, attemptsStarted: 1, processedOn: 2_000, finishedOn: 2_300 };

describe("the times of jobs", () => {
  let times: JobTimes;
  let sent: JobTimesMessage[];

  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    times = new JobTimes();
    sent = [];
    times.sendBy((message) => sent.push(message));
  });
  afterEach(() => mock.timers.reset());

  function measured(queue: string) {
    times.flush();
    return sent.flatMap(({ queues }) => queues).find((one) => one.queue === queue);
  }

  test("are sent together, five seconds after the first, and once", () => {
    times.began("mail", job, 2_000);
    times.ended("mail", job, "completed");
    mock.timers.tick(4_999);
    assert.equal(sent.length, 0);
    mock.timers.tick(1);
    mock.timers.tick(60_000);
    assert.equal(sent.length, 1);
    assert.equal(sent[0]?.queues[0]?.wait?.sumMs, 500);
    assert.equal(sent[0]?.queues[0]?.completed?.sumMs, 300);
  });

  test("have the wait of a delayed job from the end of its delay, and that of no later start", () => {
    times.began("mail", job, 1_600);
    times.began("mail", { ...job, attemptsStarted: 2 }, 900_000);
    const wait = measured("mail")?.wait;
    assert.deepEqual([wait?.sumMs, wait?.counts[2]], [100, 1]);
  });

  test("have no wait below zero if a producer's clock is ahead, and none at all of a timestamp that is not a number", () => {
    times.began("mail", job, 0);
    times.began("mail", { ...job, timestamp: Number.NaN }, 5_000);
    times.began("mail", { ...job, opts: null }, 1_000);
    const wait = measured("mail")?.wait;
    assert.deepEqual([wait?.sumMs, wait?.counts[0]], [0, 2]);
  });

  test("of many queues are sent in several messages, so that none is too long", () => {
    for (let queue = 0; queue < 250; queue++) times.began(`queue-${queue}`, job, 2_000);
    times.flush();
    assert.deepEqual(
      sent.map(({ queues }) => queues.length),
      [100, 100, 50],
    );
  });

  test("that were measured before there was anyone to tell are sent later", () => {
    const early = new JobTimes();
    early.began("mail", job, 2_000);
    early.flush();
    early.sendBy((message) => sent.push(message));
    early.flush();
    assert.equal(sent[0]?.queues.length, 1);
  });

  test("a small delay of the event loop is sent with the times of jobs, a large one by itself", () => {
    times.loopDelayed(1);
    mock.timers.tick(60_000);
    assert.equal(sent.length, 0);
    times.loopDelayed(300);
    mock.timers.tick(5_000);
    const [message] = sent;
    assert.ok(message?.loopDelay);
    assert.equal(countOf(message.loopDelay), 2);
  });
});
