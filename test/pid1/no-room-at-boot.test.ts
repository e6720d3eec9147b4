// The container's limit of processes and threads leaves no room for the first template.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { exitCodes } from "../../src/exit/exit-codes.ts";
import { TestCgroup } from "../support/cgroup.ts";
import { entrypoint } from "../support/forker.ts";
import { startPid1 } from "../support/pid1.ts";

const skip = TestCgroup.missing("pids") ?? false;
const folder = mkdtempSync(path.join(tmpdir(), "forker-no-room-at-boot-"));
after(() => rmSync(folder, { recursive: true }));
const throws = path.join(folder, "throws.mjs");
writeFileSync(throws, "throw new Error('as asked');");

/** From just enough for init's own Node to almost enough for the template. */
const limits = Array.from({ length: 14 }, (_, index) => 7 + index);

async function boot(limit: number) {
  await using cgroup = new TestCgroup("pids");
  cgroup.limit(limit);
  const env = { FORKER_USER: "root", FORKER_BOOT_TIMEOUT: "5s", WORKLOAD: "jobs", NODE_OPTIONS: undefined };
  await using pid1 = await startPid1({
    command: [process.execPath, entrypoint, throws],
    env,
    wrapper: cgroup.wrapper,
  });
  const code = await pid1.exitCode();
  return { code, exited: pid1.log.find(({ msg }) => msg === "template exited"), transcript: pid1.transcript };
}

test("whatever the limit is, the log names it, and a template that aborts without its threads ends init with 71", {
  skip,
}, async () => {
  const boots = await Promise.all(limits.map(boot));
  let aborted = 0;
  for (const { code, exited, transcript } of boots) {
    // Node itself has not started, or there was room enough.
    if (!transcript.includes("starting forker") || transcript.includes("as asked")) continue;
    assert.match(transcript, /pids\.max is \d+: .*raise the container's pids limit/);
    const isLate = transcript.includes("it did not load within FORKER_BOOT_TIMEOUT");
    assert.equal(code, isLate ? exitCodes.bootFailure.code : exitCodes.system.code, transcript);
    if (exited?.["signal"] === "SIGABRT") aborted++;
  }
  assert.ok(aborted > 0, "no template aborted");
});
