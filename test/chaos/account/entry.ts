/** What a job is to come to by its own making, whatever happens around it. */
export type Meant = "completed" | "failed";

/** Written by the producer, before and after BullMQ has answered. */
export interface OrderEntry {
  readonly what: "adding" | "added";
  /** Milliseconds of the epoch, as everywhere in the account: one machine, one clock. */
  readonly atMs: number;
  readonly queue: string;
  readonly id: string;
  readonly kind: string;
  readonly meant: Meant;
  /** How many attempts it takes when nothing goes wrong. */
  readonly attempts: number;
}

/** Written by the job itself, each with one append. `start` is one run of the processor, and no other has it. */
export interface RunEntry {
  readonly what: "began" | "ended" | "failed" | "aborted";
  readonly atMs: number;
  readonly queue: string;
  readonly id: string;
  readonly kind: string;
  readonly start: string;
  /** Which of the containers that followed each other: pids begin anew in each. */
  readonly life: number;
  readonly pid: number;
  readonly slot: number;
  readonly why?: string;
}

export type Entry = OrderEntry | RunEntry;

export function readEntries(text: string): Entry[] {
  // A line that was cut short would be the machine's fault: one append of so few bytes is whole or not at all.
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Entry);
}
