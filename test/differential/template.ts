// What the host does in addition if scripts run in forked children.
import { pbkdf2 } from "node:crypto";
import { lookup } from "node:dns/promises";
import { closeSync, readSync, writeSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { forkBatch } from "../../src/engine/fork/fork-batch.ts";
import { becomeQuiet, settleHeap } from "../../src/engine/fork/quiet.ts";
import { becomeForkedChild } from "../../src/engine/identity/become-forked-child.ts";
import { trackEntropy } from "../../src/engine/identity/entropy.ts";
import { native } from "../../src/native/binding.ts";
import type { Assignment } from "./assignment.ts";

const requestFd = 3;
const replyFd = 4;
const deadlineMs = 10_000;

/** Returns in each child, with the script to run. The template itself ends after the last request. */
export async function forkOnRequest(): Promise<Assignment> {
  await load();
  const init = process.ppid;
  for (;;) {
    // While it waits in read(2), the template has no handle that a child could inherit.
    const request = readLine();
    if (request === "") process.exit(0);
    await setImmediate();
    const outcome = forkBatch(1, { deadlineMs });
    if (outcome.role === "child") {
      becomeForkedChild({ title: process.title });
      native().tieLifeToParent(init, deadlineMs);
      native().unblockSignals();
      closeSync(requestFd);
      closeSync(replyFd);
      return JSON.parse(request) as Assignment;
    }
    writeSync(replyFd, `${JSON.stringify({ pid: outcome.pids[0], failure: outcome.failure })}\n`);
  }
}

/** Like an application: loads the usual packages, and uses every thread of libuv's pool. */
async function load(): Promise<void> {
  trackEntropy();
  for (const name of ["bullmq", "ioredis", "pino"]) await import(name);
  await readFile("/proc/self/stat");
  await lookup("localhost").catch(() => undefined);
  await Promise.all(["a", "b", "c", "d"].map((word) => promisify(pbkdf2)(word, "salt", 1_000, 32, "sha256")));
  await becomeQuiet({ deadlineMs });
  settleHeap();
}

/** Reads one byte at a time, because what follows the line is for a later child. Returns "" at the end. */
function readLine(): string {
  const bytes: number[] = [];
  const one = Buffer.alloc(1);
  while (readSync(requestFd, one) === 1 && one[0] !== 10) bytes.push(one[0] as number);
  return Buffer.from(bytes).toString("utf8");
}
