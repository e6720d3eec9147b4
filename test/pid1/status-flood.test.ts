// Workers run code of the application and send status updates to init: how many init accepts.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Forker } from "../support/forker.ts";

const peakMegabytes = (outerPid: number) =>
  Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${outerPid}/status`, "utf8"))?.[1]) / 1024;

test("a worker that sends without end is ended with a log line and costs init little memory, and the other goes on", async () => {
  await using forker = await Forker.start({ workload: "jobs; other" });
  const before = await forker.ready();
  const init = forker.pid1.outerPid ?? 0;
  const atRest = peakMegabytes(init);
  const id = await forker.add("floods");
  await forker.began(id);
  await forker.queue().pause();
  const { workerPid } = await forker.loggedWith("sent SIGKILL to worker", {
    reason: /received more than \d+ messages per second/,
  });
  assert.equal(workerPid, before.slots[0]?.workers[0]?.pid);
  await forker.finished(await forker.add("quick", {}, "other"));
  await forker.until("another worker", ({ ready, slots }) => ready && slots[0]?.workers[0]?.pid !== workerPid);
  const grown = peakMegabytes(init) - atRest;
  assert.ok(grown < 100, `init grew by ${Math.round(grown)} MB`);
  assert.equal(await forker.queue().getJobState(id), "waiting");
});
