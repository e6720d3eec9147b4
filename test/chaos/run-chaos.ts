import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Queue } from "bullmq";
import { askStatus } from "../support/ask-status.ts";
import { eventually } from "../support/deadline.ts";
import { Proxy } from "../support/proxy.ts";
import { startRedis } from "../support/redis.ts";
import { Census } from "./account/census.ts";
import { readEntries } from "./account/entry.ts";
import { readBooks, readOwnKeys } from "./books/books.ts";
import type { Act } from "./monkey/acts.ts";
import { Monkey } from "./monkey/monkey.ts";
import { planActs } from "./monkey/plan.ts";
import { type ChaosOptions, sideText } from "./options.ts";
import { eventsKept, queueNames, rateLimit, schedulers, slots } from "./queues.ts";
import { Container } from "./sides/container.ts";
import { sideOf } from "./sides/side.ts";
import { type Verdict, verdictOn } from "./verdict/verdict.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const producerFile = fileURLToPath(new URL("./producer/producer.ts", import.meta.url));
const bootMs = 120_000;
const endMs = 90_000;
/** Every process has started, and has worked a little, before the first act. */
const peaceMs = 3_000;

export interface Run {
  readonly verdict: Verdict;
  readonly acts: readonly Act[];
  readonly facts: readonly string[];
  readonly faults: readonly string[];
  /** The folder of all results: the account, the acts, the processes' output. */
  readonly folder: string;
}

export async function runChaos(options: ChaosOptions): Promise<Run> {
  const folder = path.join(root, ".run/chaos", `${sideText(options)}-${options.seed}-${options.seconds}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const accountFile = path.join(folder, "account.jsonl");
  writeFileSync(accountFile, "");
  const redis = await startRedis({ isDurable: true });
  const proxy = await Proxy.start(redis.port);
  const side = sideOf(options, { redisUrl: proxy.url, folder, accountFile });
  const queues = queueNames.map((name) => {
    const queue = new Queue(name, {
      connection: { url: redis.url, maxRetriesPerRequest: null },
      streams: { events: { maxLen: eventsKept } },
    });
    queue.on("error", () => undefined);
    return queue;
  });
  await using container = new Container((life) => side.options(life), path.join(folder, "processes.log"));
  const monkey = new Monkey({ container, redis, proxy, folder });
  const faults: string[] = [];
  const began = performance.now();
  try {
    await Promise.all(queues.map((queue) => queue.waitUntilReady()));
    await queues.find(({ name }) => name === "limited")?.setGlobalRateLimit(rateLimit.max, rateLimit.durationMs);
    container.start();
    await eventually(bootMs, "all workers are there", () => container.targets("worker").length >= slots);
    const census = new Census(container);
    const producer = spawn(
      process.execPath,
      [producerFile, redis.url, accountFile, String(options.seed), String(options.jobsPerSecond)],
      { stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, NODE_OPTIONS: "" } },
    );
    await new Promise((resolve) => setTimeout(resolve, peaceMs));
    await monkey.play(planActs(options));
    producer.kill("SIGTERM");
    if (producer.exitCode === null) await once(producer, "exit");
    const calmMs = performance.now();
    await settle();
    const settledMs = performance.now() - calmMs;
    await eventually(bootMs, "all workers are there again", () => isReady()).catch(() => {
      faults.push("after the last act the workers did not come back");
    });
    census.look();
    const code = await container.end(side.endSignal, endMs);
    if (code !== 0 && side.name === "forker") faults.push(`init ended with ${code}`);
    census.close();
    const expected = monkey.log.filter(({ kind, missed }) => kind === "kill init" && missed === undefined).length;
    if (container.life - 1 !== expected) faults.push(`the container ended by itself: ${container.ends.join(", ")}`);
    const evidence = {
      entries: readEntries(readFileSync(accountFile, "utf8")),
      books: await readBooks(redis.port, queueNames),
      lifetimes: census.lifetimes,
      acts: monkey.log,
      endedInRedis: await readOwnKeys(redis.port, "ended"),
      isolation: options.isolation,
    };
    writeFileSync(path.join(folder, "books.json"), JSON.stringify(evidence.books));
    writeFileSync(path.join(folder, "lifetimes.json"), JSON.stringify(evidence.lifetimes));
    const processesOf = (title: RegExp) => census.lifetimes.filter((one) => title.test(one.title)).length;
    const facts = [
      `- ${pressure()}`,
      `- ${((performance.now() - began) / 1_000).toFixed(0)} s in all; after the last act every job was at its end in ${(settledMs / 1_000).toFixed(0)} s`,
      `- ${processesOf(/worker \d/)} worker processes in ${container.life} container(s)`,
      ...(options.isolation ? [`- ${processesOf(/^forker runner/)} runners`] : []),
    ];
    return { verdict: verdictOn(evidence), acts: monkey.log, facts, faults, folder };
  } finally {
    await container[Symbol.asyncDispose]();
    for (const queue of queues) await queue.close().catch(() => undefined);
    proxy.close();
    await redis.close();
  }

  /** How busy the machine was: waits grow with the load of its processors. */
  function pressure(): string {
    const [, average = "?"] = /^some .*avg300=(\S+)/m.exec(readFileSync("/proc/pressure/cpu", "utf8")) ?? [];
    return `${cpus().length} processors; in the last five minutes somebody waited for one ${average} % of the time, load ${loadavg()[1]?.toFixed(1)}`;
  }

  async function isReady(): Promise<boolean> {
    const { pid1 } = container;
    if (side.name === "plain" || pid1 === undefined) return container.targets("worker").length >= slots;
    const status = await askStatus(pid1).catch(() => undefined);
    return status?.ready === true && !status.reloading;
  }

  /** After the last act: a job that has not ended by then is stuck, and the verdict says so. */
  async function settle(): Promise<void> {
    const ticks = queues.find(({ name }) => name === "ticks");
    for (const { id } of schedulers) {
      const next = (await ticks?.getDelayed())?.some((job) => job.repeatJobKey === id);
      const working = (await ticks?.getJobs(["waiting", "active", "prioritized"]))?.some(
        (job) => job?.repeatJobKey === id,
      );
      if (next !== true && working !== true) faults.push(`scheduler ${id} has no next iteration`);
      await ticks?.removeJobScheduler(id);
    }
    await eventually(side.settleMs, "every job at its end", async () => {
      // Leaves the machine and Redis to the jobs between two looks. Nothing depends on this pause.
      await new Promise((resolve) => setTimeout(resolve, 500));
      for (const queue of queues) {
        const counts = await queue.getJobCounts("wait", "active", "delayed", "prioritized", "waiting-children");
        if (Object.values(counts).some((count) => count > 0)) return false;
      }
      return true;
    }).catch(() => undefined);
  }
}
