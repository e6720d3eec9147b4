import type { Entry, OrderEntry, RunEntry } from "../account/entry.ts";
import type { JobBooks } from "../books/books.ts";

/** One run of a job's processor, as the job recorded it. */
export interface Start {
  readonly start: string;
  readonly life: number;
  readonly pid: number;
  readonly slot: number;
  readonly beganMs: number;
  /** undefined if it recorded no end. */
  readonly end: "ended" | "failed" | "aborted" | undefined;
  readonly endMs: number | undefined;
  readonly why: string | undefined;
}

/** Everything known about a job, from the account and from BullMQ's records. */
export interface JobHistory {
  readonly queue: string;
  readonly id: string;
  readonly kind: string;
  /** undefined if the producer did not add a job with that id, as for the iterations of a scheduler. */
  readonly order: OrderEntry | undefined;
  /** Whether BullMQ acknowledged the job. */
  readonly isAdded: boolean;
  /** In the order of their starts. */
  readonly starts: readonly Start[];
  readonly books: JobBooks | undefined;
}

export function historiesOf(entries: readonly Entry[], books: readonly JobBooks[]): JobHistory[] {
  const orders = new Map<string, OrderEntry>();
  const added = new Set<string>();
  const runs = new Map<string, RunEntry[]>();
  for (const entry of entries) {
    const key = `${entry.queue}:${entry.id}`;
    if (!("start" in entry)) {
      orders.set(key, entry);
      if (entry.what === "added") added.add(key);
    } else {
      const known = runs.get(key);
      if (known === undefined) runs.set(key, [entry]);
      else known.push(entry);
    }
  }
  const booked = new Map(books.map((one) => [`${one.queue}:${one.id}`, one]));
  const keys = new Set([...orders.keys(), ...runs.keys(), ...booked.keys()]);
  return [...keys].map((key) => {
    const order = orders.get(key);
    const own = runs.get(key) ?? [];
    const at = key.indexOf(":");
    return {
      queue: key.slice(0, at),
      id: key.slice(at + 1),
      kind: order?.kind ?? (key.slice(at + 1).startsWith("repeat:") ? "scheduled" : (own[0]?.kind ?? "unknown")),
      order,
      isAdded: added.has(key),
      starts: startsOf(own),
      books: booked.get(key),
    };
  });
}

function startsOf(runs: readonly RunEntry[]): Start[] {
  const ends = new Map(runs.filter(({ what }) => what !== "began").map((run) => [run.start, run]));
  return runs
    .filter(({ what }) => what === "began")
    .map(({ start, life, pid, slot, atMs }) => {
      const end = ends.get(start);
      return {
        start,
        life,
        pid,
        slot,
        beganMs: atMs,
        end: end?.what as Start["end"],
        endMs: end?.atMs,
        why: end?.why,
      };
    })
    .toSorted((a, b) => a.beganMs - b.beganMs);
}
