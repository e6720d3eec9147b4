/** "jobs" has nearly all jobs, "flows" the parents, "ticks" the schedulers' iterations, and "limited" a rate limit. */
export const queueNames = ["flows", "jobs", "limited", "ticks"] as const;
export type QueueName = (typeof queueNames)[number];

export const slots = 8;
export const rateLimit = { max: 5, durationMs: 1_000 } as const;
/** BullMQ trims none of its records. */
export const eventsKept = 10_000_000;

export const schedulers = [
  { id: "fast", everyMs: 700 },
  { id: "slow", everyMs: 1_900 },
] as const;
