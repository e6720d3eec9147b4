import { type HealthSnapshot } from "../../admin/health.ts";
import type { RouteDependencies } from "../../admin/http-routes.ts";
import { processMemory, residentBytes } from "../../admin/memory.ts";
import { metricsText } from "../../admin/metrics.ts";
import { recent } from "../../admin/recent.ts";
import { ScrapedMemory } from "../../admin/scraped-memory.ts";
import type { Clock } from "../../clock/monotonic.ts";
import { droppedLines } from "../../log/logger.ts";
import type { ProcessMemory, Status } from "../../protocol/status.ts";
import type { Limits } from "../state/limits.ts";
import type { World } from "../state/world.ts";
import { statusOf } from "./build-status.ts";
import { healthSnapshot } from "./health-snapshot.ts";

export interface AnswersDependencies {
  readonly world: World;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly version: string;
  /** Whether libuv's pool has threads. Without them only synchronous reads are safe: libuv would abort the process. */
  readonly hasThreads: boolean;
  /** When the loop turned last. */
  readonly turnedAt: () => number;
  /** See Loop. */
  readonly turnFirst: () => Promise<void>;
}

/** How long a memory reading is reused: each costs a millisecond or more per process. */
const holdsMs = 250;
/** The loop turns once a second. */
const lateMs = 2_000;
const noMemory = () => Promise.resolve(null);

/** What init reports about itself, to subcommands and over HTTP. */
export class Answers {
  readonly #with: AnswersDependencies;
  readonly #startedAt: number;
  readonly #scraped: ScrapedMemory;
  readonly #memories = new Map<number, () => Promise<ProcessMemory | null>>();

  constructor(dependencies: AnswersDependencies) {
    this.#with = dependencies;
    this.#startedAt = dependencies.clock.now();
    const read = dependencies.hasThreads ? processMemory : noMemory;
    this.#scraped = new ScrapedMemory({ clock: dependencies.clock, read, residentBytes });
  }

  /** The status with the memory of every process. */
  async status(): Promise<Status> {
    const { hasThreads, world } = this.#with;
    if (!hasThreads) return await this.brief();
    const pids = new Set([
      process.pid,
      world.keeper?.pid,
      ...[...world.templates, ...world.workers].map(({ pid }) => pid),
    ]);
    for (const pid of this.#memories.keys()) if (!pids.has(pid)) this.#memories.delete(pid);
    return await this.#statusWith((pid) => this.#memoryOf(pid));
  }

  brief(): Promise<Status> {
    return this.#statusWith(noMemory);
  }

  /** For FORKER_HTTP. */
  get routes(): Pick<RouteDependencies, "snapshot" | "status" | "metrics"> {
    const { version } = this.#with;
    const startTimeSeconds = performance.timeOrigin / 1000;
    return {
      snapshot: () => this.#snapshot(),
      status: () => this.status(),
      metrics: async (format) => {
        const status = await this.brief();
        const memoryOf = this.#scraped.of(status);
        const source = { status, version, node: process.version, startTimeSeconds, memoryOf, residentBytes };
        return metricsText(source, format);
      },
    };
  }

  #memoryOf(pid: number): Promise<ProcessMemory | null> {
    const { clock } = this.#with;
    const ask =
      this.#memories.get(pid) ??
      recent(
        holdsMs,
        () => clock.now(),
        () => processMemory(pid),
      );
    this.#memories.set(pid, ask);
    return ask();
  }

  async #snapshot(): Promise<HealthSnapshot> {
    const { world, limits, turnedAt, clock, turnFirst } = this.#with;
    // After a freeze, a request may come before the timer of the next turn.
    if (clock.now() - turnedAt() > lateMs) await turnFirst();
    return healthSnapshot(world, limits, turnedAt(), clock.now());
  }

  #statusWith(memoryOf: typeof processMemory): Promise<Status> {
    const { world, limits, turnedAt, clock } = this.#with;
    const facts = { limits, turnedAt: turnedAt(), now: clock.now(), logLinesDropped: droppedLines() };
    return statusOf(world, { startedAt: this.#startedAt, ...facts }, memoryOf);
  }
}
