import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { MemoryLimiter } from "../../../../src/worker/runners/memory-limiter.ts";
import type { Runner } from "../../../../src/worker/runners/runner.ts";
import { eventually } from "../../../support/deadline.ts";

/** Takes 200 MB, and then blocks its event loop. */
const program = `
  const kept = Buffer.alloc(200 * 2 ** 20, 1);
  process.stdout.write("full");
  for (;;) kept[0]++;
`;

test("a process with more memory of its own than its limit is ended, even if it blocks; one with less is not", async () => {
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const ended: (readonly [number, string])[] = [];
    const limiter = new MemoryLimiter(({ id }, why) => ended.push([id, why]));
    const runner = (id: number) => ({ id, pid: child.pid }) as Runner;
    limiter.began(runner(1), 150 * 2 ** 20);
    limiter.began(runner(2), 2 ** 40);
    limiter.began(runner(3), undefined);
    await once(child.stdout, "data");
    await eventually(10_000, "the end of the first", () => ended.length > 0);
    const [first] = ended;
    assert.equal(first?.[0], 1);
    assert.match(first[1], /^its own memory of \d{3} MB is more than its limit of 150 MB$/);
    assert.equal(ended.length, 1);
  } finally {
    child.kill("SIGKILL");
  }
});
