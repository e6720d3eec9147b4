// What happened to the jobs: from Redis, and from what the application said about them.
import { setTimeout as pause } from "node:timers/promises";
import { Queue } from "bullmq";
import { Redis } from "ioredis";

const lookEveryMs = 100;
const waitMs = 60_000;

/** Adds the jobs, waits for their ends, stops the side, and returns the account. */
export async function accountOf(side, scenario, redisUrl) {
  const queues = new Map(scenario.queues.map((name) => [name, new Queue(name, { connection: { url: redisUrl } })]));
  const client = new Redis(redisUrl);
  try {
    await until("the application reads the events", side, async () => await areEventsRead(client));
    const began = Date.now();
    await scenario.addJobs((queue, name, data, options) => queues.get(queue).add(name, data, options));
    await until("the jobs have ended", side, async () => scenario.isDone(await countsOf(queues), side));
    await scenario.afterwards?.((queue, name, data, options) => queues.get(queue).add(name, data, options));
    await until("everything has ended", side, async () =>
      (scenario.isAllDone ?? scenario.isDone)(await countsOf(queues), side),
    );
    const kept = {
      counts: ended(await countsOf(queues)),
      jobs: await jobsOf(queues, scenario.prunedQueues ?? []),
      metrics: await metricsOf(queues, scenario.measuredQueues ?? []),
      limiter: await limiterOf(queues.get(scenario.limitedQueue), scenario.limit),
      totalMs: Date.now() - began,
    };
    const exit = await side.stop();
    // Redis knows of an end before the application has said so. When it has exited, it has said everything.
    const said = { events: eventsOf(side.sayings, scenario.queues), everywhere: everywhereOf(side.sayings) };
    return { ...kept, ...said, exit, farewell: scenario.farewell(side) };
  } finally {
    client.disconnect();
    for (const queue of queues.values()) await queue.close();
  }
}

async function until(what, side, isTrue) {
  const end = Date.now() + waitMs;
  while (!(await isTrue())) {
    if (side.hasEnded || Date.now() > end)
      throw new Error(
        `${side.name}: ${what}: ${side.hasEnded ? "it has exited" : "timed out"}\n${side.lines.slice(-40).join("\n")}`,
      );
    await pause(lookEveryMs);
  }
}

/** Whether a QueueEvents waits for events. It begins with those that come after its first read. */
async function areEventsRead(client) {
  const clients = String(await client.client("LIST")).split("\n");
  return clients.some((line) => /\bflags=\w*b/.test(line) && /\bcmd=xread\b/.test(line));
}

async function countsOf(queues) {
  const counts = {};
  for (const [name, queue] of queues) counts[name] = nonZero(await queue.getJobCounts());
  return counts;
}

/** The next job of a scheduler is always somewhere on its way. */
function ended(counts) {
  const isEnd = ([state]) => state === "completed" || state === "failed";
  return Object.fromEntries(
    Object.entries(counts).map(([name, of]) => [name, Object.fromEntries(Object.entries(of).filter(isEnd))]),
  );
}

function nonZero(counts) {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

/** The jobs that are kept, without what differs by chance. The jobs of a scheduler have the time in their ids. */
async function jobsOf(queues, prunedQueues) {
  const found = {};
  for (const [name, queue] of queues) {
    // Which of the completed jobs are left depends on the order of their ends.
    const states = prunedQueues.includes(name) ? ["failed"] : ["completed", "failed"];
    for (const job of await queue.getJobs(states, 0, -1, true)) {
      if (job.id.startsWith("repeat:")) continue;
      found[`${name} ${job.id}`] = {
        state: job.finishedOn === undefined ? "unfinished" : job.failedReason === undefined ? "completed" : "failed",
        attempts: job.attemptsMade,
        started: job.attemptsStarted,
        result: job.returnvalue,
        reason: job.failedReason,
        progress: job.progress,
        logs: (await queue.getJobLogs(job.id)).logs,
      };
    }
  }
  return found;
}

/** Of each job, in the order in which its Worker emitted them. */
function eventsOf(sayings, queueNames) {
  const events = {};
  for (const { who, what } of sayings) {
    if (!queueNames.includes(who)) continue;
    const [, event, id, rest] = /^(dead letter|\S+) (\S+) ?(.*)$/.exec(what) ?? [];
    if (id === undefined || id.startsWith("repeat:")) continue;
    (events[`${who} ${id}`] ??= []).push(`${event} ${rest}`.trim());
  }
  return events;
}

function everywhereOf(sayings) {
  return sayings
    .filter(({ who, what }) => who.endsWith(", everywhere") && !what.includes(" repeat:"))
    .map(({ what }) => what)
    .toSorted();
}

async function metricsOf(queues, names) {
  const metrics = {};
  for (const name of names) metrics[name] = (await queues.get(name).getMetrics("completed")).meta.count > 0;
  return metrics;
}

/** How many jobs were started in each second since the first: the last attempt of each. */
async function limiterOf(queue, { max, durationMs }) {
  const jobs = await queue.getJobs(["completed"], 0, -1);
  const starts = jobs.map((job) => job.processedOn).toSorted((a, b) => a - b);
  const [first = 0] = starts;
  const bySecond = [];
  for (const start of starts) {
    const second = Math.floor((start - first) / 1000);
    bySecond[second] = (bySecond[second] ?? 0) + 1;
  }
  return {
    jobs: starts.length,
    leastSpanMs: (Math.ceil(starts.length / max) - 1) * durationMs,
    spanMs: (starts.at(-1) ?? 0) - first,
    bySecond: Array.from(bySecond, (count) => count ?? 0),
  };
}
