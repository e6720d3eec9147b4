import type { Clock } from "../../clock/monotonic.ts";
import type { ProcessMemory } from "../../protocol/status.ts";
import type { PageMemory } from "./page-state.ts";

export interface MemoryReadingsDependencies {
  readonly clock: Clock;
  /** See processMemory: it costs a millisecond or more, and delays what the process itself maps meanwhile. */
  readonly read: (pid: number) => Promise<ProcessMemory | null>;
  /** What is left to show if the process may not be read. */
  readonly residentBytes: (pid: number) => number | undefined;
}

/** After a reading there is none for this many times its duration: usually a 300th of a processor reads memory. */
const pausePerReading = 300;
const shortestPauseMs = 150;
/** On a busy machine a reading seems longer than it is. */
const longestPauseMs = 1_000;
/** Smaller changes than this are not worth an event. */
const stepKb = 128;

/** Reads the memory of one process after another, as long as somebody looks. */
export class MemoryReadings {
  readonly #with: MemoryReadingsDependencies;
  /** In the order in which they were read last. */
  readonly #readings = new Map<number, PageMemory | undefined>();
  #pids: ReadonlySet<number> = new Set();
  #timer: NodeJS.Timeout | undefined;
  #isRunning = false;

  constructor(dependencies: MemoryReadingsDependencies) {
    this.#with = dependencies;
  }

  start(): void {
    this.#isRunning = true;
    this.#schedule(0);
  }

  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#timer);
  }

  /** Sets which processes exist. */
  watch(pids: ReadonlySet<number>): void {
    this.#pids = pids;
    for (const pid of this.#readings.keys()) if (!pids.has(pid)) this.#readings.delete(pid);
  }

  of(pid: number): PageMemory | undefined {
    return this.#readings.get(pid);
  }

  #schedule(delayMs: number): void {
    if (this.#isRunning) this.#timer = setTimeout(() => void this.#readNext(), delayMs);
  }

  async #readNext(): Promise<void> {
    const pid = this.#next();
    if (pid === undefined) return this.#schedule(shortestPauseMs);
    const { clock, read } = this.#with;
    const began = clock.now();
    const memory = await read(pid).catch(() => null);
    if (this.#pids.has(pid)) this.#keep(pid, memory);
    const isFirstRound = this.#readings.size < this.#pids.size;
    const pauseMs = isFirstRound ? 0 : (clock.now() - began) * pausePerReading;
    this.#schedule(Math.min(longestPauseMs, Math.max(shortestPauseMs, pauseMs)));
  }

  /** A process that was never read, or else the one whose reading is the oldest. */
  #next(): number | undefined {
    for (const pid of this.#pids) if (!this.#readings.has(pid)) return pid;
    return this.#readings.keys().next().value;
  }

  #keep(pid: number, memory: ProcessMemory | null): void {
    const before = this.#readings.get(pid);
    this.#readings.delete(pid);
    this.#readings.set(pid, this.#shown(pid, memory, before));
  }

  #shown(pid: number, memory: ProcessMemory | null, before: PageMemory | undefined): PageMemory | undefined {
    const bytes = memory === null ? this.#with.residentBytes(pid) : memory.residentKb * 1024;
    if (bytes === undefined) return undefined;
    const residentKb = steadied(bytes / 1024, before?.residentKb);
    return memory === null ? { residentKb } : { residentKb, privateKb: steadied(memory.privateKb, before?.privateKb) };
  }
}

function steadied(kb: number, before: number | undefined): number {
  return before !== undefined && Math.abs(kb - before) < stepKb ? before : Math.round(kb);
}
