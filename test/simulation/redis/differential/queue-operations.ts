import type { JobsOptions, Queue } from "bullmq";
import { chance, data, jobOptions, oneOf } from "./draw-options.ts";
import type { Operation, Session } from "./session.ts";

const states = ["completed", "failed", "wait", "paused", "prioritized", "delayed", "active"] as const;

function on(use: (queue: Queue, session: Session) => Promise<unknown>): Operation {
  return async (session) => await use(oneOf(session.draws, session.queues) as Queue, session);
}

async function schedule(queue: Queue, { draws }: Session) {
  const every = chance(draws, 0.7) ? { every: 1_000 + 1_000 * draws.below(5) } : { pattern: "*/5 * * * * *" };
  const limits = { ...(chance(draws, 0.3) && { limit: 2 }), ...(chance(draws, 0.2) && { immediately: true }) };
  const template = {
    name: "scheduled",
    data: data(draws),
    opts: { ...jobOptions(draws), jobId: undefined, delay: undefined, deduplication: undefined },
  };
  await queue.upsertJobScheduler(`scheduler-${draws.below(3)}`, { ...every, ...limits }, template);
}

/** Only BullMQ 5 has repeatable jobs, which job schedulers have replaced. */
async function repeat(queue: Queue, { draws }: Session) {
  const every = 1_000 + 1_000 * draws.below(3);
  const options = { repeat: { every, ...(chance(draws, 0.3) && { limit: 2 }) } };
  await queue.add("repeated", data(draws), options as JobsOptions);
}

type OlderQueue = Queue & {
  getRepeatableJobs?(): Promise<{ readonly key: string }[]>;
  removeRepeatableByKey?(key: string): Promise<boolean>;
};

async function removeRepeated(queue: OlderQueue) {
  const [first] = (await queue.getRepeatableJobs?.()) ?? [];
  if (first !== undefined) await queue.removeRepeatableByKey?.(first.key);
}

async function read(queue: Queue, { draws }: Session) {
  await queue.getJobCounts();
  await queue.getJobs(["completed", "wait", "delayed"], 0, draws.below(5), chance(draws, 0.5));
  await queue.getRanges(["wait", "completed", "delayed"], 0, -1, chance(draws, 0.5));
  await queue.getCountsPerPriority([0, 1, 2]);
  await queue.getMetrics("completed");
  await queue.getJobSchedulers();
  await queue.getJobLogs("1");
  await queue.getMeta();
  await Promise.all([
    queue.isPaused(),
    queue.isMaxed(),
    queue.getRateLimitTtl(2),
    queue.getDeduplicationJobId("same-1"),
  ]);
  await queue.getDependencies("1", "processed", 0, 5);
}

export const queueOperations: Readonly<Record<string, readonly [weight: number, operation: Operation]>> = {
  schedule: [6, on(schedule)],
  repeat: [3, on(repeat)],
  removeRepeated: [1, on(removeRepeated)],
  removeScheduler: [2, on((queue, { draws }) => queue.removeJobScheduler(`scheduler-${draws.below(3)}`))],
  getScheduler: [2, on((queue, { draws }) => queue.getJobScheduler(`scheduler-${draws.below(3)}`))],
  read: [6, on(read)],
  pause: [3, on((queue) => queue.pause())],
  resume: [5, on((queue) => queue.resume())],
  drain: [1, on((queue, { draws }) => queue.drain(chance(draws, 0.5)))],
  clean: [3, on((queue, { draws }) => queue.clean(draws.below(5_000), draws.below(3), oneOf(draws, states)))],
  obliterate: [0.5, on((queue, { draws }) => queue.obliterate({ force: chance(draws, 0.5), count: 3 }))],
  retryJobs: [
    2,
    on((queue, { draws }) => queue.retryJobs({ count: 2, state: chance(draws, 0.7) ? "failed" : "completed" })),
  ],
  promoteJobs: [2, on((queue) => queue.promoteJobs({ count: 2 }))],
  removeById: [2, on((queue, { draws }) => queue.remove(`id-${draws.below(8)}`))],
  concurrency: [2, on((queue, { draws }) => queue.setGlobalConcurrency(1 + draws.below(3)))],
  noConcurrency: [2, on((queue) => queue.removeGlobalConcurrency())],
  rateLimit: [1, on((queue) => queue.rateLimit(2_000))],
  globalRateLimit: [1, on((queue, { draws }) => queue.setGlobalRateLimit(1 + draws.below(3), 3_000))],
  noGlobalRateLimit: [2, on((queue) => queue.removeGlobalRateLimit())],
  noRateLimit: [1, on((queue) => queue.removeRateLimitKey())],
  trimEvents: [1, on((queue) => queue.trimEvents(20))],
  removeOrphans: [1, on((queue) => queue.removeOrphanedJobs())],
  removeDeduplication: [1, on((queue, { draws }) => queue.removeDeduplicationKey(`same-${draws.below(3)}`))],
};
