import type { Container } from "../sides/container.ts";
import { AliveLook, type AliveProcess } from "./alive.ts";

/** One process inside, as /proc shows it. */
export interface Lifetime {
  readonly life: number;
  readonly pid: number;
  readonly startedAt: string;
  /** Its last title. */
  title: string;
  readonly firstMs: number;
  /** When it was last seen alive; Infinity while it lives. */
  lastMs: number;
  /** When it was first seen to have ended, or as a zombie; Infinity while it lives. */
  goneMs: number;
}

const everyMs = 50;

/** Which processes lived when: read from the kernel repeatedly, not reported by the processes. */
export class Census {
  readonly #container: Container;
  readonly #all = new Map<string, Lifetime>();
  readonly #look = new AliveLook();
  #timer: NodeJS.Timeout | undefined;

  constructor(container: Container) {
    this.#container = container;
    this.#timer = setInterval(() => this.look(), everyMs);
  }

  get lifetimes(): readonly Lifetime[] {
    return [...this.#all.values()];
  }

  look(): void {
    const now = Date.now();
    const { life } = this.#container;
    const { pid1 } = this.#container;
    const init = pid1?.hasEnded === false ? pid1.outerPid : undefined;
    const all = init === undefined ? [] : this.#look.look(init);
    notice(this.#all, life, all, now);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

/**
 * Another look. The kernel's list of children may omit one while others start and end (proc(5), `children`), as when a fork's
 * intermediate ends. A process that is seen again had not ended.
 */
export function notice(known: Map<string, Lifetime>, life: number, alive: readonly AliveProcess[], now: number): void {
  const seen = new Set<string>();
  for (const { pid, title, startedAt } of alive) {
    const key = `${life}:${pid}`;
    seen.add(key);
    const one = known.get(key);
    if (one?.startedAt === startedAt) Object.assign(one, { title, lastMs: now, goneMs: Infinity });
    else known.set(key, { life, pid, startedAt, title, firstMs: now, lastMs: now, goneMs: Infinity });
  }
  for (const [key, one] of known) if (one.goneMs === Infinity && !seen.has(key)) one.goneMs = now;
}
