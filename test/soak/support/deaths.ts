import type { Draws } from "../../support/draws.ts";

/** Sent to a worker's pid. QUIT, TERM and HUP are orders that end in an exit of its own. */
export type Blow = "SIGQUIT" | "SIGTERM" | "SIGHUP" | "SIGKILL" | "SIGSEGV" | "SIGABRT";

const orders: readonly Blow[] = ["SIGQUIT", "SIGTERM", "SIGHUP"];
/** After a crash an order: init backs off from who crashes again and again, and rightly. */
const afterOrder = { SIGQUIT: 3, SIGTERM: 2, SIGHUP: 2, SIGKILL: 3, SIGSEGV: 1, SIGABRT: 1 };
const afterCrash = { SIGQUIT: 3, SIGTERM: 2, SIGHUP: 2 };
const longestLifeMs = 800;

/** How and when each worker is to go, in the order in which they start; and what each may end with. */
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

  /** Before it is sent, or when the worker announces it. */
  allow(pid: number, end: string): void {
    if (orders.includes(end as Blow)) return;
    const ends = this.#allowed.get(pid) ?? new Set();
    this.#allowed.set(pid, ends.add(end));
  }

  /** undefined: as planned. */
  ended(pid: number, slot: number, end: string): string | undefined {
    const allowed = this.#allowed.get(pid);
    this.#allowed.delete(pid);
    this.#crashed.set(slot, end !== "exit 0");
    this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
    if (end === "exit 0" || allowed?.has(end) === true) return undefined;
    return `worker ${pid} of slot ${slot} ended with ${end}, and nobody had asked for it (${[...(allowed ?? [])].join(", ") || "nothing"})`;
  }
}
