// The methods and properties of an adopted Worker: test/fixtures/applications/controlled runs under node and under forker, and does the
// same, with both major versions of BullMQ.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  add,
  ask,
  noted,
  release,
  type Side,
  seen,
  underForker,
  underNode,
} from "../support/controlled-application.ts";

/** Each does something with the application, and returns what must be the same on both sides. */
const scenes: Readonly<Record<string, (side: Side) => Promise<unknown>>> = {
  "describes itself, refuses what BullMQ refuses, and is ready": async (side) => [
    await ask(side, "get", "jobs", "name"),
    await ask(side, "get", "jobs", "qualifiedName"),
    await ask(side, "get", "jobs", "concurrency"),
    await ask(side, "call", "jobs", "isRunning"),
    await ask(side, "call", "idle", "isRunning"),
    await ask(side, "call", "manual", "isRunning"),
    await ask(side, "call", "jobs", "isPaused"),
    await ask(side, "option", "jobs", "autorun"),
    await ask(side, "option", "idle", "autorun"),
    await ask(side, "option", "jobs", "concurrency"),
    await ask(side, "option", "jobs", "stalledInterval"),
    await ask(side, "call", "jobs", "toKey", "wait"),
    await ask(side, "call", "jobs", "run"),
    await ask(side, "call", "manual", "run"),
    await ask(side, "set", "jobs", "concurrency", 0),
    await ask(side, "get", "jobs", "concurrency"),
    await ask(side, "call", "jobs", "waitUntilReady").then((reply) => Object.keys(reply as object)),
    await seen(side, "ready", { queue: "jobs" }),
    await ask(side, "call", "jobs", "startStalledCheckTimer"),
    await ask(side, "call", "jobs", "extendJobLocks", ["none"], ["token"], 1_000).then((reply) => typeof reply),
  ],
  "pauses when its jobs have ended, and resumes": async (side) => {
    await add(side, "running");
    await seen(side, "began", { job: "running" });
    await ask(side, "begin", "jobs", "pause");
    await add(side, "waiting");
    const paused = [await ask(side, "call", "jobs", "isPaused"), await noted(side, "paused")];
    await release(side, "running");
    await seen(side, "settled", { method: "pause" });
    const running = await ask(side, "call", "jobs", "isRunning");
    const begun = await noted(side, "began", { job: "waiting" });
    await ask(side, "call", "jobs", "resume");
    await seen(side, "resumed");
    await release(side, "waiting");
    await seen(side, "completed", { job: "waiting" });
    return [paused, await noted(side, "paused"), running, begun, await ask(side, "call", "jobs", "isRunning")];
  },
  "pauses without waiting": async (side) => {
    await add(side, "running");
    await seen(side, "began", { job: "running" });
    await ask(side, "call", "jobs", "pause", true);
    await add(side, "waiting");
    const state = [await ask(side, "call", "jobs", "isRunning"), await noted(side, "paused")];
    await ask(side, "call", "jobs", "resume");
    // Version 5 looks for a job again when the running one has ended.
    if (side.bullMajor === 6) await seen(side, "began", { job: "waiting" });
    await release(side, "running");
    await seen(side, "began", { job: "waiting" });
    await release(side, "waiting");
    await seen(side, "completed", {}, 2);
    return state;
  },
  "runs more or fewer jobs at a time when its concurrency changes": async (side) => {
    for (const id of ["job-1", "job-2", "job-3"]) await add(side, id);
    await seen(side, "began", {}, 2);
    const before = await noted(side, "began");
    await ask(side, "set", "jobs", "concurrency", 3);
    await add(side, "job-4");
    await release(side, "job-1");
    await seen(side, "began", {}, 4);
    await ask(side, "set", "jobs", "concurrency", 1);
    for (const id of ["job-2", "job-3", "job-4"]) await release(side, id);
    await seen(side, "completed", {}, 4);
    for (const id of ["job-5", "job-6"]) await add(side, id);
    await seen(side, "began", {}, 5);
    await release(side, "job-5");
    await release(side, "job-6");
    await seen(side, "completed", {}, 6);
    return [before, await ask(side, "get", "jobs", "concurrency")];
  },
  "cancels a job, and all jobs": async (side) => {
    await add(side, "long");
    await seen(side, "began", { job: "long" });
    const found = [
      await ask(side, "call", "jobs", "cancelJob", "long", "enough"),
      await ask(side, "call", "jobs", "cancelJob", "none"),
    ];
    await seen(side, "failed", { job: "long", error: "cancelled: enough" });
    for (const id of ["job-1", "job-2"]) await add(side, id);
    for (const job of ["job-1", "job-2"]) await seen(side, "began", { job });
    await ask(side, "call", "jobs", "cancelAllJobs", "all");
    await seen(side, "failed", { error: "cancelled: all" }, 2);
    return found;
  },
  "closes when its jobs have ended": async (side) => {
    await add(side, "running");
    await seen(side, "began", { job: "running" });
    await ask(side, "begin", "jobs", "close");
    await seen(side, "closing");
    await add(side, "left");
    const before = await noted(side, "closed");
    await release(side, "running");
    await seen(side, "settled", { method: "close" });
    const after = [
      await noted(side, "closed"),
      await noted(side, "completed"),
      await noted(side, "began", { job: "left" }),
    ];
    return [before, after, await ask(side, "call", "jobs", "isRunning"), await ask(side, "call", "jobs", "run")];
  },
  "runs the job that it got with the end of another, although a listener has closed it meanwhile": async (side) => {
    await ask(side, "create", "late");
    await add(side, "first", "late");
    await seen(side, "began", { job: "first" });
    await add(side, "second", "late");
    await ask(side, "closeAtCompleted", "late");
    await release(side, "second");
    await release(side, "first");
    await seen(side, "completed", { job: "second" });
    await seen(side, "closed", { queue: "late" });
    return await noted(side, "failed");
  },
  "is replaced by another one of its queue": async (side) => {
    // Version 5 ends the process if a Worker is closed while it connects.
    await seen(side, "ready", { queue: "jobs" });
    await ask(side, "call", "jobs", "close");
    await ask(side, "create", "jobs");
    await add(side, "next");
    await seen(side, "began", { job: "next" });
    await release(side, "next");
    await seen(side, "completed", { job: "next" });
    return await ask(side, "get", "jobs", "concurrency");
  },
  "runs when run() is called": async (side) => {
    await add(side, "first", "idle");
    const before = await noted(side, "began", { queue: "idle" });
    await ask(side, "begin", "idle", "run");
    await release(side, "first");
    await seen(side, "completed", { job: "first" });
    const running = await ask(side, "call", "idle", "isRunning");
    await ask(side, "call", "idle", "close");
    await seen(side, "settled", { queue: "idle", method: "run" });
    return [before, running];
  },
  "is created while the process runs": async (side) => {
    await ask(side, "create", "late");
    await add(side, "first", "late");
    await release(side, "first");
    await seen(side, "completed", { job: "first" });
    await seen(side, "ready", { queue: "late" });
    return await ask(side, "call", "late", "isRunning");
  },
  "takes jobs by hand": async (side) => {
    const none = await ask(side, "next", "manual", "token", { block: false });
    await add(side, "job-1", "manual");
    await add(side, "job-2", "manual");
    const taken = [await ask(side, "take", "manual", "token"), await ask(side, "take", "manual", "token")];
    return [none, taken, await ask(side, "call", "manual", "close")];
  },
  "waits for a job by hand": async (side) => {
    await ask(side, "next", "manual", "token", { block: false });
    const waiting = ask(side, "take", "manual", "token");
    await add(side, "awaited", "manual");
    return await waiting;
  },
  "limits its rate": async (side) => {
    await ask(side, "call", "jobs", "rateLimit", 3_000);
    const limitedUntil = await side.client.pexpiretime("bull:jobs:limiter");
    await add(side, "limited");
    await release(side, "limited");
    await seen(side, "completed", { job: "limited" });
    const processedOn = Number(await side.client.hget("bull:jobs:limited", "processedOn"));
    // BullMQ reads the clock before it sends the command that takes the job.
    return limitedUntil > 0 && processedOn > limitedUntil - 50;
  },
};

for (const bullMajor of [6, 5] as const)
  describe(`An adopted Worker of BullMQ ${bullMajor}`, { concurrency: false }, () => {
    for (const [what, scene] of Object.entries(scenes))
      test(what, async () => {
        await using node = await underNode(bullMajor);
        const expected = await scene(node);
        await using forker = await underForker(bullMajor);
        assert.deepEqual(await scene(forker), expected);
      });
  });
