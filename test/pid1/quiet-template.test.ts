import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, type TestContext, test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { entrypoint } from "../support/forker.ts";
import { type Pid1, startPid1 } from "../support/pid1.ts";
import { projectFolder } from "../support/project-folder.ts";
import { templateAndWorkers } from "../support/template-and-workers.ts";
import { useRedis } from "../support/use-redis.ts";

/** Both of its timers record which process they fire in, and so does its teardown, which takes a timer. */
const application = `
import { appendFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
const record = (what) => appendFileSync(process.env.TEST_RECORD, \`\${process.pid} \${what}\\n\`);
await pause(10);
record("loaded");
setInterval(() => record("interval"), 20);
setTimeout(function again() { record("chain"); setTimeout(again, 20); }, 20);
export default {
  async teardown() { await pause(20); record("torn down"); },
  processors: { "*": () => "done" },
};
`;

const { redis } = await useRedis();
const waitMs = 60_000;

async function startIn(context: TestContext, engine: string): Promise<{ pid1: Pid1; recorded: () => string[] }> {
  const folder = projectFolder(context, { "workers.mjs": application });
  const file = path.join(folder, "record");
  writeFileSync(file, "");
  const pid1 = await startPid1({
    command: [process.execPath, entrypoint, path.join(folder, "workers.mjs")],
    env: {
      NODE_OPTIONS: undefined,
      REDIS_URL: redis.url,
      FORKER_USER: "root",
      FORKER_ENGINE: engine,
      WORKLOAD: "jobs x2",
      TEST_RECORD: file,
    },
  });
  return { pid1, recorded: () => readFileSync(file, "utf8").trim().split("\n") };
}

const firings = (lines: readonly string[], pid: number) =>
  lines.filter((line) => line === `${pid} interval` || line === `${pid} chain`).length;

describe("the application's timers fire in the workers", () => {
  for (const engine of ["fork", "spawn"]) {
    test(`and not in the template, whose teardown may wait for one: ${engine}`, async (context) => {
      const { pid1, recorded } = await startIn(context, engine);
      await using _ = pid1;
      const { workers } = await templateAndWorkers(pid1, 2);
      const template = Number.parseInt(recorded()[0] ?? "", 10);
      const all = async (pids: readonly number[]) =>
        await eventually(waitMs, "firings in each worker", () => pids.every((pid) => firings(recorded(), pid) >= 10));
      await all(workers);
      pid1.signalInner(workers[0] as number, "SIGKILL");
      await all((await templateAndWorkers(pid1, 2, workers[0])).workers);
      pid1.signal("SIGQUIT");
      assert.equal(await pid1.exitCode(waitMs), 0, pid1.transcript);
      const lines = recorded();
      assert.ok(!workers.includes(template));
      assert.equal(firings(lines, template), 0);
      assert.ok(lines.includes(`${template} torn down`), pid1.transcript);
    });
  }
});
