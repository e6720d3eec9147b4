import type { Lifetime } from "../account/census.ts";
import type { Act } from "../monkey/acts.ts";

export interface Death {
  readonly atMs: number;
  /** The monkey's act that caused it, if one did. */
  readonly by: string | undefined;
  /** The whole container ended, at the same time or before any process could hand the job back. */
  readonly withInit: boolean;
}

const deadly = /^kill |^TERM |^QUIT |^HUP |^USR1 |heap's limit$/;
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

  constructor(lifetimes: readonly Lifetime[], acts: readonly Act[]) {
    this.#lifetimes = new Map(lifetimes.map((one) => [`${one.life}:${one.pid}`, one]));
    this.#acts = acts.filter(({ missed, kind }) => missed === undefined && deadly.test(kind));
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
