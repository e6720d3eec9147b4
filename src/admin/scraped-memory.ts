import type { Status } from "../protocol/status.ts";
import { MemoryReadings, type MemoryReadingsDependencies } from "./page/memory-readings.ts";
import type { PageMemory } from "./page/page-state.ts";

/** Longer than any usual interval between two scrapes. */
const scrapedForMs = 300_000;

/** Reads the memory of forker's processes, one after another, from the first scrape on, and until nobody scrapes. */
export class ScrapedMemory {
  readonly #readings: MemoryReadings;
  #end: NodeJS.Timeout | undefined;

  constructor(dependencies: MemoryReadingsDependencies) {
    this.#readings = new MemoryReadings(dependencies);
  }

  /** Called at each scrape. Returns the latest readings. */
  of(status: Status): (pid: number) => PageMemory | undefined {
    const workers = status.slots.flatMap((slot) => slot.workers);
    const pids = [status, status.keeper, ...status.templates, ...workers].map((one) => one?.pid ?? 0);
    this.#readings.watch(new Set(pids.filter((pid) => pid > 0)));
    if (this.#end === undefined) this.#readings.start();
    clearTimeout(this.#end);
    this.#end = setTimeout(() => this.#stop(), scrapedForMs).unref();
    return (pid) => this.#readings.of(pid);
  }

  #stop(): void {
    this.#end = undefined;
    this.#readings.stop();
  }
}
