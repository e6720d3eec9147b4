/** "jobs" has nearly everything, "flows" the parents, "ticks" the schedulers' iterations, "limited" a rate limit. */
export const queueNames = ["flows", "jobs", "limited", "ticks"] as const;
export type QueueName = (typeof queueNames)[number];

export const slots = 8;
export const rateLimit = { max: 5, durationMs: 1_000 } as const;
/** Nothing of BullMQ's own record is trimmed. */
export const eventsKept = 10_000_000;

export const schedulers = [
  { id: "fast", everyMs: 700 },
  { id: "slow", everyMs: 1_900 },
] as const;
