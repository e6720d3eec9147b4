/** The intended end of a job, whatever happens around it. */
export type Meant = "completed" | "failed";

/** Written by the producer, before and after BullMQ's answer. */
export interface OrderEntry {
  readonly what: "adding" | "added";
  /** Milliseconds since the epoch, as everywhere in the account: one machine, one clock. */
  readonly atMs: number;
  readonly queue: string;
  readonly id: string;
  readonly kind: string;
  readonly meant: Meant;
  /** The number of attempts that it uses if nothing goes wrong. */
  readonly attempts: number;
}

/** Written by the job itself, each entry with one append. `start` is unique to one run of the processor. */
export interface RunEntry {
  readonly what: "began" | "ended" | "failed" | "aborted";
  readonly atMs: number;
  readonly queue: string;
  readonly id: string;
  readonly kind: string;
  readonly start: string;
  /** The number of the container in the sequence of restarts: pids start from 1 in each. */
  readonly life: number;
  readonly pid: number;
  readonly slot: number;
  readonly why?: string;
}

export type Entry = OrderEntry | RunEntry;

export function readEntries(text: string): Entry[] {
  // A truncated line would be a fault of the machine: an append of this few bytes is written whole or not at all.
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Entry);
}
