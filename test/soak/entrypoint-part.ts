import { fileURLToPath } from "node:url";
import { Queue } from "bullmq";
import { eventually } from "../support/deadline.ts";
import { Draws } from "../support/draws.ts";
import { startPid1 } from "../support/pid1.ts";
import { startRedis } from "../support/redis.ts";
import { EntrypointWatch } from "./support/entrypoint-watch.ts";
import { holdFor, saveTranscript } from "./support/hold.ts";
import { JobFeed } from "./support/jobs.ts";
import type { PartReport, SoakOptions } from "./support/part.ts";

const entrypoint = fileURLToPath(new URL("../../dist/entrypoint.mjs", import.meta.url));
const app = fileURLToPath(new URL("./app/workers.mjs", import.meta.url));
const slots = 8;
const lookEveryMs = 20;
const tellEvery = 500;
const stillMs = 120_000;
const lastJobsMs = 180_000;
const drainMs = 60_000;

/** The real program as PID 1 with a real Redis: workers start and end under jobs, while signals of every kind arrive. */
export async function soakEntrypoint({ forks, seed, node, hold, isolation }: SoakOptions): Promise<PartReport> {
  const began = performance.now();
  const redis = await startRedis();
  await using pid1 = await startPid1({
    command: [node, entrypoint, app],
    env: {
      REDIS_URL: redis.url,
      FORKER_USER: "root",
      FORKER_ENGINE: "fork",
      FORKER_LOG_FORMAT: "json",
      FORKER_LOCK_DURATION: "5",
      // A process that init kills because a deadline passed is a violation: every deadline allows for a slow machine.
      FORKER_STOP_TIMEOUT: "60",
      FORKER_DRAIN_TIMEOUT: "60",
      FORKER_BOOT_TIMEOUT: "120",
      WORKLOAD: `jobs x${slots}`,
      NODE_OPTIONS: undefined,
      ...(isolation && { FORKER_ISOLATION: "*" }),
    },
  });
  const queue = new Queue("jobs", { connection: { url: redis.url } });
  queue.on("error", () => undefined);
  const feed = new JobFeed(queue, new Draws(seed, 1));
  const watch = new EntrypointWatch(pid1, forks, seed);
  const cut = new AbortController();
  process.once("SIGINT", () => cut.abort());
  let toldAt = 0;
  const { violations } = watch;
  try {
    while (!cut.signal.aborted && watch.started < forks && violations.length === 0 && !pid1.hasEnded) {
      await feed.topUp();
      watch.look();
      if (watch.started >= toldAt + tellEvery) console.error(`${(toldAt = watch.started)} forks`);
      if (performance.now() - watch.lastStartMs > stillMs)
        violations.push(`no worker has started for ${stillMs / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
    watch.calm = true;
    if (violations.length > 0 && hold) await holdFor(pid1, violations);
    if (violations.length === 0) await end();
  } catch (cause) {
    violations.push((cause as Error).message);
  } finally {
    await queue.close();
    await redis.close();
  }
  if (violations.length > 0) violations.push(`its whole output: ${saveTranscript(pid1, seed)}`);
  return watch.report((performance.now() - began) / 1_000, feed.added);

  /** Every job has ended, and then init ends. 74: a worker that was killed held a job. */
  async function end(): Promise<void> {
    await eventually(lastJobsMs, `all ${feed.added} jobs ended`, async () => {
      watch.look();
      return (await feed.ended()) === feed.added;
    });
    pid1.signal("SIGQUIT");
    const code = await pid1.exitCode(drainMs);
    watch.look();
    if (code !== 0 && code !== 74) violations.push(`init ended with ${code}`);
  }
}
