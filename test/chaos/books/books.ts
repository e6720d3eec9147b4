import { Redis } from "ioredis";
import type { QueueName } from "../queues.ts";

export interface BookEvent {
  readonly atMs: number;
  /** `added`, `waiting`, `active`, `completed`, `failed`, `stalled`, `delayed`, … */
  readonly event: string;
  readonly prev: string | undefined;
}

/** BullMQ's record of one job in Redis. */
export interface JobBooks {
  readonly queue: string;
  readonly id: string;
  /** undefined if no such job exists. */
  readonly state: string | undefined;
  readonly attemptsMade: number;
  readonly stalledCounter: number;
  readonly failedReason: string | undefined;
  readonly events: readonly BookEvent[];
}

const pageSize = 10_000;
const lists = { wait: "waiting", active: "active", paused: "waiting" };
const sets = ["completed", "failed", "delayed", "prioritized", "waiting-children"];

/** Reads all of BullMQ's records of these queues: the jobs, the list that each is in, and the complete event stream. */
export async function readBooks(port: number, queues: readonly QueueName[]): Promise<JobBooks[]> {
  const redis = new Redis({ port });
  try {
    const books: JobBooks[] = [];
    for (const queue of queues) books.push(...(await booksOf(redis, queue)));
    return books;
  } finally {
    redis.disconnect();
  }
}

/** What the jobs recorded under the test's keys: `queue|id|start`. */
export async function readOwnKeys(port: number, what: string): Promise<ReadonlySet<string>> {
  const redis = new Redis({ port });
  try {
    return new Set(await redis.smembers(`chaos:${what}`));
  } finally {
    redis.disconnect();
  }
}

async function booksOf(redis: Redis, queue: string): Promise<JobBooks[]> {
  const key = (suffix: string) => `bull:${queue}:${suffix}`;
  const states = new Map<string, string>();
  for (const [list, state] of Object.entries(lists))
    for (const id of await redis.lrange(key(list), 0, -1)) states.set(id, state);
  for (const set of sets) for (const id of await redis.zrange(key(set), "0", "-1")) states.set(id, set);
  const events = await eventsOf(redis, key("events"));
  const ids = new Set([...states.keys(), ...events.keys()]);
  const books: JobBooks[] = [];
  for (const id of ids) {
    const [attemptsMade, stalled, failedReason, name] = await redis.hmget(
      key(id),
      "atm",
      "stc",
      "failedReason",
      "name",
    );
    books.push({
      queue,
      id,
      state: name === null || name === undefined ? undefined : (states.get(id) ?? "in no list"),
      attemptsMade: Number(attemptsMade ?? 0),
      stalledCounter: Number(stalled ?? 0),
      failedReason: failedReason ?? undefined,
      events: events.get(id) ?? [],
    });
  }
  return books;
}

async function eventsOf(redis: Redis, stream: string): Promise<Map<string, BookEvent[]>> {
  const events = new Map<string, BookEvent[]>();
  let from = "-";
  for (;;) {
    const page = await redis.xrange(stream, from, "+", "COUNT", pageSize);
    for (const [entryId, fields] of page) {
      const field = (name: string) => {
        const at = fields.findIndex((value, index) => index % 2 === 0 && value === name);
        return at < 0 ? undefined : fields[at + 1];
      };
      const id = field("jobId");
      if (id === undefined) continue;
      const event = { atMs: Number(entryId.split("-")[0]), event: field("event") ?? "", prev: field("prev") };
      events.set(id, [...(events.get(id) ?? []), event]);
    }
    const last = page.at(-1)?.[0];
    if (last === undefined || page.length < pageSize) return events;
    from = `(${last}`;
  }
}
