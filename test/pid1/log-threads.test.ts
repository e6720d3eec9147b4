import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Queue } from "bullmq";
import { eventually } from "../support/deadline.ts";
import { entrypoint } from "../support/forker.ts";
import { type Pid1, startPid1 } from "../support/pid1.ts";
import { projectFolder } from "../support/project-folder.ts";
import { templateAndWorkers } from "../support/template-and-workers.ts";
import { useRedis } from "../support/use-redis.ts";

interface Line {
  readonly pid: number;
  readonly where: "load" | "template" | "job" | "teardown";
  /** Counts the lines of a process. A worker continues where its template was at the fork. */
  readonly serial: number;
  readonly job?: string;
}

const linesEach = 10;
const jobs = 60;
const loadLines = 500;
const waitMs = 60_000;
const pinoFolder = path.dirname(fileURLToPath(import.meta.resolve("pino")));

/** Logs to two files through one thread. The template logs more when a file changes, also between two forks. */
const application = `
import { watch } from "node:fs";
import { pino } from ${JSON.stringify(path.join(pinoFolder, "pino.js"))};
const file = (destination, level) => ({ target: "pino/file", level, options: { destination } });
const { TEST_LOG, TEST_WARNINGS, TEST_MORE } = process.env;
const log = pino({}, pino.transport({ targets: [file(TEST_LOG, "info"), file(TEST_WARNINGS, "warn")] }));
let serial = 0;
const write = (where, more) => log[where === "job" ? "warn" : "info"]({ where, serial: serial++, ...more });
for (let i = 0; i < ${loadLines}; i++) write("load");
const template = process.pid;
watch(TEST_MORE, () => process.pid === template && write("template"));
export default {
  async teardown() { write("teardown"); },
  processors: {
    "*": async (job) => {
      for (let i = 0; i < ${linesEach}; i++) write("job", { job: job.id });
    },
  },
};
`;

const { redis } = await useRedis();

const linesOf = (file: string) =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

interface Started {
  readonly pid1: Pid1;
  readonly log: string;
  readonly warnings: string;
  readonly more: string;
}

async function startIn(context: TestContext, files: Readonly<Record<string, string>>): Promise<Started> {
  const folder = projectFolder(context, { ...files, log: "", warnings: "", more: "" });
  const [log = "", warnings = "", more = ""] = ["log", "warnings", "more"].map((name) => path.join(folder, name));
  const pid1 = await startPid1({
    command: [process.execPath, entrypoint, path.join(folder, "workers.mjs")],
    env: {
      NODE_OPTIONS: undefined,
      REDIS_URL: redis.url,
      FORKER_USER: "root",
      FORKER_ENGINE: "fork",
      WORKLOAD: "jobs x2",
      TEST_LOG: log,
      TEST_WARNINGS: warnings,
      TEST_MORE: more,
    },
  });
  return { pid1, log, warnings, more };
}

test("an application whose log is written by threads is forked, and no line is lost or written twice", async (context) => {
  const { pid1, log, warnings, more } = await startIn(context, { "workers.mjs": application });
  await using _ = pid1;
  await using queue = Object.assign(new Queue("jobs", { connection: { url: redis.url } }), {
    [Symbol.asyncDispose]: async () => await queue.close(),
  });
  const { template, workers } = await templateAndWorkers(pid1, 2);
  const addHalf = async () => await queue.addBulk(Array.from({ length: jobs / 2 }, () => ({ name: "x", data: {} })));
  const written = (where: Line["where"]) => linesOf(log).filter((line) => line.where === where);
  const ended = async (count: number) =>
    await eventually(waitMs, `${count} jobs`, async () => (await queue.getCompletedCount()) >= count);
  assert.equal(written("load").length, loadLines, "the lines of the load are written before the first fork");

  await addHalf();
  await ended(jobs / 2);
  writeFileSync(more, "1");
  await eventually(waitMs, "a line of the template", () => written("template").length > 0);
  // The template's thread runs again, and ends before this fork.
  pid1.signalInner(workers[0] as number, "SIGQUIT");
  await templateAndWorkers(pid1, 2, workers[0]);
  await addHalf();
  await ended(jobs);
  pid1.signal("SIGQUIT");
  assert.equal(await pid1.exitCode(waitMs), 0, pid1.transcript);

  const lines = linesOf(log);
  assert.equal(written("load").length, loadLines);
  assert.deepEqual(
    [...new Set(lines.filter(({ where }) => where === "load" || where === "template").map(({ pid }) => pid))],
    [template],
  );
  assert.equal(written("job").length, jobs * linesEach);
  assert.equal(written("teardown").length, 4, "two workers, one that has replaced another, and the template");
  // The lines of two workers may be mixed differently in the two files.
  const named = (list: readonly Line[]) => list.map(({ pid, serial }) => `${pid} ${serial}`).toSorted();
  assert.deepEqual(named(linesOf(warnings)), named(written("job")), "the second target has the lines of its level");
  for (const pid of new Set(lines.map((line) => line.pid))) {
    const serials = lines.filter((line) => line.pid === pid).map(({ serial }) => serial);
    assert.deepEqual(
      serials,
      serials.map((_serial, at) => (serials[0] ?? 0) + at),
      `the lines of ${pid} in order`,
    );
  }
});

/** The thread is ready only after a while, as on a busy machine. */
const slowTarget = `
import { setTimeout } from "node:timers/promises";
import { pino } from ${JSON.stringify(path.join(pinoFolder, "pino.js"))};
export default async ({ destination }) => {
  await setTimeout(1_000);
  return pino.destination({ dest: destination, sync: true });
};
`;
const slowApplication = `
import { pino } from ${JSON.stringify(path.join(pinoFolder, "pino.js"))};
const target = new URL("slow-target.mjs", import.meta.url).href;
const log = pino(pino.transport({ target, options: { destination: process.env.TEST_LOG } }));
export default {
  teardown({ role }) { log.info({ where: "teardown", role }); },
  processors: { "*": () => {} },
};
`;

test("the only line of a process, which it writes at its end, is not lost", async (context) => {
  const started = await startIn(context, { "workers.mjs": slowApplication, "slow-target.mjs": slowTarget });
  await using pid1 = started.pid1;
  await templateAndWorkers(pid1, 2);
  pid1.signal("SIGQUIT");
  assert.equal(await pid1.exitCode(waitMs), 0, pid1.transcript);
  const roles = readFileSync(started.log, "utf8").matchAll(/"role":"(\w+)"/g);
  assert.deepEqual([...roles].map(([, role]) => String(role)).toSorted(), ["template", "worker", "worker"]);
});
