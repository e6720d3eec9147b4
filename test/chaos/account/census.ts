import type { Container } from "../sides/container.ts";
import { AliveLook } from "./alive.ts";

/** Of one process inside, as /proc shows it. */
export interface Lifetime {
  readonly life: number;
  readonly pid: number;
  /** What it called itself last. */
  title: string;
  readonly firstMs: number;
  /** When it was last seen alive. Infinity: it lives. */
  lastMs: number;
  /** When it was first seen to be gone, or a zombie. Infinity: it lives. */
  goneMs: number;
}

const everyMs = 50;

/** Who lived when: asked of the kernel again and again, not of those who are watched. */
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
    const alive = new Map(all.map((one) => [`${life}:${one.pid}`, one]));
    for (const [key, one] of this.#all) {
      if (one.goneMs !== Infinity) continue;
      const seen = alive.get(key);
      if (seen === undefined) one.goneMs = now;
      else {
        one.lastMs = now;
        one.title = seen.title;
      }
    }
    for (const [key, { pid, title }] of alive) {
      if (!this.#all.has(key)) this.#all.set(key, { life, pid, title, firstMs: now, lastMs: now, goneMs: Infinity });
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
