import { type HealthSnapshot } from "../admin/health.ts";
import { healthRoutes } from "../admin/http-routes.ts";
import type { Responder } from "../admin/http-server.ts";
import { processMemory, residentBytes } from "../admin/memory.ts";
import { metricsText } from "../admin/metrics.ts";
import { recent } from "../admin/recent.ts";
import type { Clock } from "../clock/monotonic.ts";
import { droppedLines } from "../log/logger.ts";
import type { Status } from "../protocol/status.ts";
import { healthSnapshot } from "./health-snapshot.ts";
import type { Limits } from "./limits.ts";
import { statusOf } from "./status.ts";
import type { World } from "./world.ts";

export interface AnswersDependencies {
  readonly world: World;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly version: string;
  /** Of libuv's pool. Without, no file may be read but synchronously: libuv would end the process. */
  readonly hasThreads: boolean;
  /** When the loop turned last. */
  readonly turnedAt: () => number;
}

/** So long does an answer with every process's memory hold: reading it costs a millisecond or more for each. */
const holdsMs = 250;
const noMemory = () => Promise.resolve(null);

/** What init tells of itself, to subcommands and over HTTP. */
export class Answers {
  readonly #with: AnswersDependencies;
  readonly #startedAt: number;
  /** With the memory of every process. */
  readonly status: () => Promise<Status>;

  constructor(dependencies: AnswersDependencies) {
    this.#with = dependencies;
    const { clock, hasThreads } = dependencies;
    this.#startedAt = clock.now();
    this.status = recent(
      holdsMs,
      () => clock.now(),
      () => this.#statusWith(hasThreads ? processMemory : noMemory),
    );
  }

  brief(): Promise<Status> {
    return this.#statusWith(noMemory);
  }

  /** For FORKER_HTTP. */
  get responder(): Responder {
    const { version } = this.#with;
    const startTimeSeconds = performance.timeOrigin / 1000;
    return healthRoutes({
      snapshot: () => this.#snapshot(),
      status: this.status,
      metrics: async () => {
        const status = await this.brief();
        return metricsText({ status, version, node: process.version, startTimeSeconds, residentBytes });
      },
    });
  }

  #snapshot(): HealthSnapshot {
    const { world, limits, turnedAt, clock } = this.#with;
    return healthSnapshot(world, limits, turnedAt(), clock.now());
  }

  #statusWith(memoryOf: typeof processMemory): Promise<Status> {
    const { world, limits, turnedAt, clock } = this.#with;
    const facts = { limits, turnedAt: turnedAt(), now: clock.now(), logLinesDropped: droppedLines() };
    return statusOf(world, { startedAt: this.#startedAt, ...facts }, memoryOf);
  }
}
