import type { Keyspace } from "./data/keyspace.ts";

export type JobState =
  | "wait"
  | "paused"
  | "active"
  | "prioritized"
  | "delayed"
  | "waiting-children"
  | "completed"
  | "failed";

export interface JobView {
  readonly id: string;
  /** Every list and set that the job is in. A consistent job is in exactly one. */
  readonly states: readonly JobState[];
  /** The job's hash; undefined: it does not exist. */
  readonly fields: ReadonlyMap<string, string> | undefined;
  /** The token of its lock, if it has not expired. */
  readonly lock: string | undefined;
  readonly lockExpiresAtMs: number | undefined;
}

export interface QueueView {
  readonly jobs: ReadonlyMap<string, JobView>;
  readonly isPaused: boolean;
  readonly meta: ReadonlyMap<string, string>;
}

const lists: readonly JobState[] = ["wait", "paused", "active"];
const sets: readonly JobState[] = ["prioritized", "delayed", "waiting-children", "completed", "failed"];

/** Keys of a queue that are not jobs. */
const notJobs =
  /^(?:wait|paused|active|prioritized|delayed|waiting-children|completed|failed|meta|events|marker|stalled|stalled-check|id|pc|limiter|repeat|metrics)(?::|$)|:/;

/** Reads the jobs of a queue: those in its lists and sets, and those that have a hash. Markers in lists are left out. */
export function readQueue(keys: Keyspace, prefix: string): QueueView {
  const states = new Map<string, JobState[]>();
  const note = (id: string, state: JobState) => {
    if (!id.startsWith("0:")) states.set(id, [...(states.get(id) ?? []), state]);
  };
  for (const state of lists) for (const id of keys.read(prefix + state, "list") ?? []) note(id, state);
  for (const state of sets) for (const { member } of keys.read(prefix + state, "zset")?.all ?? []) note(member, state);
  for (const [key, entry] of keys.entries) {
    if (entry.kind !== "hash" || !key.startsWith(prefix)) continue;
    const id = key.slice(prefix.length);
    if (!notJobs.test(id) && !states.has(id)) states.set(id, []);
  }
  const jobs = new Map([...states].map(([id, found]) => [id, readJob(keys, prefix, id, found)]));
  const meta = keys.read(`${prefix}meta`, "hash") ?? new Map<string, string>();
  return { jobs, meta, isPaused: meta.has("paused") };
}

/** Reads one job of a queue. */
export function readOneJob(keys: Keyspace, prefix: string, id: string): JobView {
  const states = [
    ...lists.filter((state) => keys.read(prefix + state, "list")?.includes(id)),
    ...sets.filter((state) => keys.read(prefix + state, "zset")?.score(id) !== undefined),
  ];
  return readJob(keys, prefix, id, states);
}

function readJob(keys: Keyspace, prefix: string, id: string, states: readonly JobState[]): JobView {
  const key = prefix + id;
  const hash = keys.find(key);
  return {
    id,
    states,
    fields: hash?.kind === "hash" ? (hash.value as Map<string, string>) : undefined,
    lock: keys.read(`${key}:lock`, "string"),
    lockExpiresAtMs: keys.find(`${key}:lock`)?.expiresAtMs,
  };
}
