import type { Lifetime } from "../account/census.ts";
import type { Act } from "../monkey/acts.ts";
import type { Start } from "./history.ts";

export interface Death {
  readonly atMs: number;
  /** The monkey's act that caused it, if one did. */
  readonly by: string | undefined;
  /** The whole container ended, at the same time or before any process could hand the job back. */
  readonly withInit: boolean;
}

const deadly = /^kill |^TERM |^QUIT |^HUP |^USR1 |heap's limit$|^stop all jobs$/;
/** From the act to the end of the process: a worker that receives a signal to end has some seconds for its job. */
const longestEndMs = 60_000;
/** If a process died this shortly before the container, its jobs are left to the next container too. */
const handBackMs = 1_000;
/** From a SIGKILL until /proc shows it, given the sampling interval. */
const killSeenMs = 2_000;

/** Which process died when, and why: from the kernel's data and the monkey's log, not from any process of the tested side. */
export class Deaths {
  readonly #lifetimes: ReadonlyMap<string, Lifetime>;
  readonly #acts: readonly Act[];
  readonly #isolation: boolean;

  /** `isolation`: each job has a process of its own, which its worker takes with it when it ends. */
  constructor(lifetimes: readonly Lifetime[], acts: readonly Act[], isolation = false) {
    this.#isolation = isolation;
    this.#lifetimes = new Map(lifetimes.map((one) => [`${one.life}:${one.pid}`, one]));
    this.#acts = acts.filter(({ missed, kind }) => missed === undefined && deadly.test(kind));
  }

  /** The death that ended a run of a job: of its process, or of the worker that this process belonged to. */
  ending(start: Start, untilMs: number): Death | undefined {
    const own = this.of(start.life, start.pid);
    return this.#isolation && own !== undefined ? (this.#ofWorker(start, untilMs) ?? own) : own;
  }

  /**
   * Whether a job may have lost its process before this time. Without isolation, only a death needs no further cause; the process of
   * an isolated job always ends, but ends early only if somebody has ended it, has stopped its job, or has ended its worker.
   */
  hasCause(start: Start, untilMs: number): boolean {
    if (!this.#isolation || this.#ofWorker(start, untilMs) !== undefined) return true;
    const worker = workerTitle(start.slot);
    return this.#acts.some((act) => {
      const isOfJob = act.pid === start.pid || act.kind === "stop all jobs" || worker.test(act.title ?? "");
      return isOfJob && act.life === start.life && act.fromMs >= start.beganMs && act.fromMs <= untilMs;
    });
  }

  #ofWorker({ life, slot, beganMs }: Start, untilMs: number): Death | undefined {
    const title = workerTitle(slot);
    for (const one of this.#lifetimes.values()) {
      if (one.life !== life || !title.test(one.title) || one.goneMs < beganMs) continue;
      const death = this.of(life, one.pid);
      if (death !== undefined && death.atMs >= beganMs && death.atMs <= untilMs) return death;
    }
    return undefined;
  }

  /** undefined if it lives, or if no process with that pid was ever seen. */
  of(life: number, pid: number): Death | undefined {
    const lifetime = this.#lifetimes.get(`${life}:${pid}`);
    if (lifetime === undefined || lifetime.goneMs === Infinity) return undefined;
    const { lastMs, goneMs } = lifetime;
    const container = this.#acts.find((act) => act.kind === "kill init" && act.life === life);
    const acts = this.#acts.filter(
      (act) => act.life === life && act.pid === pid && act.fromMs <= goneMs && act.fromMs > goneMs - longestEndMs,
    );
    const kill = acts.find((act) => act.kind.startsWith("kill ") && act.fromMs > goneMs - killSeenMs);
    const last = kill ?? acts.at(-1);
    const withInit = container !== undefined && goneMs >= container.fromMs - handBackMs;
    const atMs = kill?.fromMs ?? (withInit ? Math.min(goneMs, container.fromMs) : Math.min(goneMs, lastMs + 1));
    return { atMs, by: withInit ? "kill init" : last?.kind, withInit };
  }
}

function workerTitle(slot: number): RegExp {
  return new RegExp(`^forker worker ${slot} `);
}
