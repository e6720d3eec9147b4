import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { eventually } from "../support/deadline.ts";
import { entrypoint } from "../support/forker.ts";
import { startPid1 } from "../support/pid1.ts";
import { projectFolder } from "../support/project-folder.ts";
import { templateAndWorkers } from "../support/template-and-workers.ts";
import { useRedis } from "../support/use-redis.ts";

interface Run {
  readonly name: string;
  readonly pid: number;
  readonly atMs: number;
}

const names = [
  "cron",
  "croner",
  "croner, required",
  "node-cron",
  "node-cron, required",
  "node-schedule",
  "setInterval",
];
const runsEach = 4;
const waitMs = 60_000;
const app = path.join(import.meta.dirname, "schedulers/every-second.mjs");
const { redis } = await useRedis();

test("a scheduler's jobs run once per worker and second, and not in the template", async (context) => {
  const file = path.join(projectFolder(context, { runs: "" }), "runs");
  await using pid1 = await startPid1({
    command: [process.execPath, entrypoint, app],
    env: {
      NODE_OPTIONS: undefined,
      REDIS_URL: redis.url,
      FORKER_USER: "root",
      FORKER_ENGINE: "fork",
      WORKLOAD: "jobs x2",
      RUNS_FILE: file,
    },
  });
  const first = await templateAndWorkers(pid1, 2);
  // Jobs are due while the template waits, and the next worker is forked after that.
  for (const pid of first.workers) await runs(file, pid);
  const [killed = 0] = first.workers;
  pid1.signalInner(killed, "SIGKILL");
  const next = await templateAndWorkers(pid1, 2, killed);
  const [last = 0] = next.workers.filter((pid) => !first.workers.includes(pid));
  const of = await runs(file, last);
  pid1.signal("SIGQUIT");
  assert.equal(await pid1.exitCode(waitMs), 0, pid1.transcript);
  assert.doesNotMatch(pid1.transcript, /missed/);

  const all = readRuns(file);
  assert.deepEqual(
    all.filter(({ pid }) => pid === first.template),
    [],
  );
  for (const pid of [...first.workers, last]) for (const name of names) assertOncePerSecond(all, pid, name);
  assert.ok(of.length > 0);
});

test("as under plain node", async (context) => {
  const file = path.join(projectFolder(context, { runs: "" }), "runs");
  const code = `await import(${JSON.stringify(app)});`;
  await using pid1 = await startPid1({
    command: [process.execPath, "--input-type=module", "--eval", code],
    env: { NODE_OPTIONS: undefined, RUNS_FILE: file },
  });
  await runs(file, 1);
  pid1.signal("SIGKILL");
  await pid1.exitCode(waitMs);
  for (const name of names) assertOncePerSecond(readRuns(file), 1, name);
});

function readRuns(file: string): Run[] {
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Run);
}

/** Resolves when every job has run several times in this process. */
async function runs(file: string, pid: number): Promise<Run[]> {
  return await eventually(waitMs, `runs of process ${pid}`, () => {
    const own = readRuns(file).filter((run) => run.pid === pid);
    return names.every((name) => own.filter((run) => run.name === name).length >= runsEach) ? own : undefined;
  });
}

/** A busy machine may delay one run into the next second, but a job that ran at once, or twice, would be nearer to another. */
function assertOncePerSecond(all: readonly Run[], pid: number, name: string): void {
  const times = all.filter((run) => run.pid === pid && run.name === name).map(({ atMs }) => atMs);
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  assert.ok(
    gaps.every((gap) => gap > 500 && gap < 1_900),
    `${name} in process ${pid}: ${gaps.join(", ")} ms apart`,
  );
}
