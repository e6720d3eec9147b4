import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pino } from "pino";
import type { JobFate } from "../../../../src/bull/keys/held-locks.ts";
import type { BullJob } from "../../../../src/bull/library/bull-types.ts";
import type { Lane } from "../../../../src/bull/worker/lane.ts";
import { ThrottledWarnings } from "../../../../src/log/throttled-warnings.ts";
import { JobMover, NotOursError } from "../../../../src/worker/jobs/job-mover.ts";

const reply = (message: string) => Object.assign(new Error(message), { name: "ReplyError" });
const missingLock = Object.assign(new Error("Missing lock for job 1. moveToFinished"), { code: -2 });
const busy = reply("BUSY Redis is busy running a script.");
const pending = Object.assign(new Error("Job 1 has pending dependencies"), { code: -4 });
const wrongType = reply("WRONGTYPE Operation against a key. script: 1f, on @user_script:9.");

/** A mover for which Redis gives these answers, attempt by attempt, and these fates of the job. */
function job(answers: readonly unknown[], fates: readonly (JobFate | Error)[] = [], wasConnectionLost = false) {
  let now = 0;
  const lines: string[] = [];
  const log = pino({ level: "info" }, { write: (line) => void lines.push((JSON.parse(line) as { msg: string }).msg) });
  const fatesLeft = [...fates];
  const answersLeft = [...answers];
  const retries: boolean[] = [];
  let wakes = 0;
  const written = { attemptsMade: 1, finishedOn: 1_000 };
  const lane = { queue: "jobs", find: async () => written } as unknown as Lane;
  const taken = { id: "1", attemptsMade: 0 } as BullJob;
  const mover = new JobMover(
    { lane, job: taken, token: "token" },
    {
      log,
      warnings: new ThrottledWarnings(log),
      async fateOf() {
        now += 1;
        const fate = fatesLeft.shift();
        assert.ok(fate !== undefined, "a look too many");
        if (fate instanceof Error) throw fate;
        return fate;
      },
      connectionLostSince: () => wasConnectionLost,
      now: () => now,
      async wake() {
        wakes += 1;
      },
    },
  );
  const move = (where: "complete" | "wait" = "complete") =>
    mover.move(where, async (isRetry) => {
      retries.push(isRetry);
      now += 25_000;
      const answer = answersLeft.shift();
      if (answer instanceof Error) throw answer;
      return answer;
    });
  return { move, taken, lines, retries, wakes: () => wakes, left: () => [answersLeft.length, fatesLeft.length] };
}

describe("the end of a job", () => {
  test("costs one attempt if Redis accepts it", async () => {
    const one = job(["next"]);
    assert.equal(await one.move(), "next");
    assert.deepEqual([one.retries, one.lines, one.wakes()], [[false], [], 0]);
  });

  test("is retried until Redis accepts it, and a worker is woken for the next job", async () => {
    const one = job([busy, busy, "done"], ["ours", busy, "ours"]);
    assert.equal(await one.move(), "done");
    assert.deepEqual([one.retries, one.wakes()], [[false, true, true], 1]);
    assert.deepEqual(one.lines, [
      "could not write the end of a job: Redis refused it; trying again",
      "wrote the end of a job that Redis had refused",
    ]);
  });

  test("is written with the lock that was set again if the lock expired", async () => {
    const one = job([missingLock, "done"], ["ours"]);
    assert.equal(await one.move(), "done");
    assert.deepEqual(one.retries, [false, true]);
  });

  test("is left to another worker that has taken the job, even by the attempt to fail it", async () => {
    const one = job([missingLock], ["taken"]);
    await assert.rejects(one.move(), NotOursError);
    await assert.rejects(one.move(), NotOursError);
    assert.deepEqual([one.left(), one.lines.length], [[0, 0], 1]);
  });

  test("is given up if BullMQ does not find a lock that is there", async () => {
    const one = job([missingLock, missingLock, missingLock], ["ours", "ours", "ours"]);
    await assert.rejects(one.move(), missingLock);
    assert.deepEqual(one.left(), [0, 0]);
  });

  test("is given up at once if BullMQ cannot write it at all", async () => {
    await assert.rejects(job([new TypeError("circular")]).move(), TypeError);
    await assert.rejects(job([pending]).move(), pending);
  });

  test("is given up after a minute if a key has a wrong type, and is written if somebody repairs that", async () => {
    const one = job([wrongType, wrongType, wrongType, wrongType], ["ours", "ours", "ours"]);
    await assert.rejects(one.move(), wrongType);
    assert.deepEqual(one.left(), [1, 0]);
    assert.equal(await job([wrongType, "done"], ["ours"]).move(), "done");
  });

  test("may be written as a failure if BullMQ cannot write it", async () => {
    const one = job([new TypeError("circular"), "failed"]);
    await assert.rejects(one.move(), TypeError);
    assert.equal(await one.move(), "failed");
  });

  test("counts as written if only the answer was lost", async () => {
    for (const fate of ["ended", "retried", "gone"] as const) {
      const one = job([missingLock], [fate], true);
      assert.equal(await one.move(), undefined);
      assert.deepEqual(one.taken, { id: "1", attemptsMade: 1, finishedOn: 1_000 }, "as BullMQ would have told it");
    }
  });

  test("does not count as written if no answer can have been lost", async () => {
    for (const fate of ["retried", "gone", "moved"] as const)
      await assert.rejects(job([missingLock], [fate]).move(), NotOursError);
  });
});

test("a move that Redis refused halfway is looked at before the next pause, and counts where the rest does not matter", async () => {
  const halfway = reply("ERR The user executing the script can't run this command script: 1f, on @user_script:9.");
  for (const fate of ["ended", "retried", "gone"] as const) {
    const one = job([halfway], [fate]);
    assert.equal(await one.move(), undefined);
    assert.deepEqual(one.taken.attemptsMade, 1);
  }
  assert.equal(await job([halfway, "done"], ["ours"]).move(), "done");
  for (const fate of ["moved", "taken"] as const) {
    await assert.rejects(job([halfway], [fate]).move(), NotOursError);
    assert.equal(await job([halfway], [fate]).move("wait"), undefined);
  }
});

test("a hand-back whose answer was lost counts as done, and one that was not made does not", async () => {
  assert.equal(await job([missingLock], ["moved"], true).move("wait"), undefined);
  await assert.rejects(job([missingLock], ["moved"]).move("wait"), NotOursError);
});
