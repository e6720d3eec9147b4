import type { Draws } from "../../support/draws.ts";

/** Sent to a worker's pid. On QUIT, TERM and HUP the worker exits by itself. */
export type Blow = "SIGQUIT" | "SIGTERM" | "SIGHUP" | "SIGKILL" | "SIGSEGV" | "SIGABRT";

const orders: readonly Blow[] = ["SIGQUIT", "SIGTERM", "SIGHUP"];
/** Each crash is followed by an order, because init backs off from workers that crash repeatedly. */
const afterOrder = { SIGQUIT: 3, SIGTERM: 2, SIGHUP: 2, SIGKILL: 3, SIGSEGV: 1, SIGABRT: 1 };
const afterCrash = { SIGQUIT: 3, SIGTERM: 2, SIGHUP: 2 };
const longestLifeMs = 800;

/** How and when each worker must end, in the order of their starts, and the ends that it may have. */
export class Deaths {
  readonly ends = new Map<string, number>();
  readonly #draws: Draws;
  readonly #allowed = new Map<number, Set<string>>();
  readonly #crashed = new Map<number, boolean>();

  constructor(draws: Draws) {
    this.#draws = draws;
  }

  plan(slot: number): { blow: Blow; afterMs: number } {
    const blow = this.#draws.pick<Blow>(
      this.#crashed.get(slot) === true ? { ...afterCrash, SIGKILL: 0, SIGSEGV: 0, SIGABRT: 0 } : afterOrder,
    );
    return { blow, afterMs: this.#draws.below(longestLifeMs) };
  }

  /** Called before the signal is sent, or when the worker announces its end. */
  allow(pid: number, end: string): void {
    if (orders.includes(end as Blow)) return;
    const ends = this.#allowed.get(pid) ?? new Set();
    this.#allowed.set(pid, ends.add(end));
  }

  /** undefined if the end was planned. */
  ended(pid: number, slot: number, end: string): string | undefined {
    const allowed = this.#allowed.get(pid);
    this.#allowed.delete(pid);
    this.#crashed.set(slot, end !== "exit 0");
    this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
    if (end === "exit 0" || allowed?.has(end) === true) return undefined;
    return `worker ${pid} of slot ${slot} ended with ${end}, which was not planned (${[...(allowed ?? [])].join(", ") || "nothing"})`;
  }
}
