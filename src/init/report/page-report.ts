import os from "node:os";
import type { Answer, HttpRequest, LiveAnswer } from "../../admin/http-answer.ts";
import { processMemory, residentBytes } from "../../admin/memory.ts";
import { LivePage } from "../../admin/page/live-page.ts";
import { MemoryReadings } from "../../admin/page/memory-readings.ts";
import type { PageState } from "../../admin/page/page-state.ts";
import type { Clock } from "../../clock/monotonic.ts";
import { type LeveledLog, recording } from "../../log/leveled-log.ts";
import type { Limits } from "../state/limits.ts";
import type { World } from "../state/world.ts";
import { pageStateOf, pageTotalsOf } from "./build-page-state.ts";
import type { Faults } from "./faults.ts";
import { healthSnapshot } from "./health-snapshot.ts";
import { RecentEvents } from "./recent-events.ts";

export interface PageReportDependencies {
  readonly world: World;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly version: string;
  /** See AnswersDependencies. */
  readonly hasThreads: boolean;
  readonly turnedAt: () => number;
  readonly mayOrder: boolean;
  readonly faults: Faults;
}

/** What init shows on the page. All of it is in init's memory already, except for the memory of its processes. */
export class PageReport {
  readonly #with: PageReportDependencies;
  readonly #events: RecentEvents;
  readonly #memory: MemoryReadings;
  readonly #page: LivePage;
  readonly #startedAt: number;

  constructor(dependencies: PageReportDependencies) {
    const { world, clock, hasThreads, faults } = dependencies;
    this.#with = dependencies;
    this.#startedAt = clock.now();
    this.#memory = new MemoryReadings({
      clock,
      // See AnswersDependencies.
      read: hasThreads ? processMemory : () => Promise.resolve(null),
      residentBytes,
    });
    this.#page = new LivePage({
      clock,
      state: () => this.#state(),
      totals: () => pageTotalsOf(world),
      memory: this.#memory,
      failed: (cause) => faults.report(cause),
    });
    this.#events = new RecentEvents(() => this.#page.epoch(clock.now()));
  }

  /** A log whose lines the page shows, too. */
  recorded(log: LeveledLog): LeveledLog {
    return recording(log, (level, fields, message) => this.#events.record(level, fields, message));
  }

  turned(now: number): void {
    this.#page.turned(now);
  }

  answer(request: HttpRequest): Answer | LiveAnswer {
    return this.#page.answer(request);
  }

  close(): void {
    this.#page.close();
  }

  #state(): PageState {
    const { world, limits, clock, version, turnedAt, mayOrder } = this.#with;
    const processes = [world.keeper, ...world.templates, ...world.workers];
    const pids = processes.map((one) => one?.pid).filter((pid) => pid !== undefined);
    this.#memory.watch(new Set([process.pid, ...pids]));
    const startedAt = Math.round(this.#page.epoch(this.#startedAt));
    const now = clock.now();
    return pageStateOf(world, {
      now,
      snapshot: healthSnapshot(world, limits, turnedAt(), now),
      constant: { host: os.hostname(), version, node: process.version, startedAt, mayOrder },
      epoch: (instant) => this.#page.epoch(instant),
      memoryOf: (pid) => this.#memory.of(pid),
      events: this.#events.all,
    });
  }
}
