import type { Logger } from "pino";
import { bestPattern } from "../config/queue-pattern.ts";
import { jobText } from "../text/printable.ts";
import type { ForkerDefinition } from "./definition.ts";
import { reasonOf } from "./reason.ts";
import type { QueueListeners } from "./worker-options.ts";

type Listener = (...values: unknown[]) => unknown;
export type FencedListener = readonly [event: string, listener: (...values: unknown[]) => void];

/**
 * The application's listeners of a Worker's events. What one throws, or rejects with, is logged: it ends neither the worker nor
 * the other listeners.
 */
export class Listeners {
  readonly #definition: ForkerDefinition;
  /** What the listeners that have not ended yet do. */
  readonly #running = new Map<Promise<void>, string>();
  #log: Logger;
  #isClosed = false;

  constructor(definition: ForkerDefinition, log: Logger) {
    this.#definition = definition;
    this.#log = log;
  }

  /** Whether any queue has a listener for the ends of its jobs. */
  get hearEnds(): boolean {
    const { on, processors } = this.#definition;
    const all = [on, ...Object.values(processors).map((one) => (typeof one === "object" ? one.on : undefined))];
    return all.some((one) => one?.completed !== undefined || one?.failed !== undefined);
  }

  /** The listeners of a queue: first those for all queues, then its own. */
  of(queue: string): FencedListener[] {
    const { on, processors } = this.#definition;
    const pattern = bestPattern(Object.keys(processors), queue);
    const processor = pattern === undefined ? undefined : processors[pattern];
    const own = typeof processor === "object" ? processor.on : undefined;
    return [...this.#fenced(queue, on), ...this.#fenced(queue, own)];
  }

  /** Resolves when no listener runs. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.keys());
  }

  get running(): string[] {
    return [...this.#running.values()];
  }

  /** From now on no listener is called. */
  close(): void {
    this.#isClosed = true;
  }

  logTo(log: Logger): void {
    this.#log = log;
  }

  #fenced(queue: string, listeners: QueueListeners | undefined): FencedListener[] {
    const given = Object.entries((listeners ?? {}) as Readonly<Record<string, Listener | undefined>>);
    return given.flatMap(([event, listener]) =>
      listener === undefined ? [] : [[event, (...values) => this.#call(queue, event, listener, values)] as const],
    );
  }

  #call(queue: string, event: string, listener: Listener, values: readonly unknown[]): void {
    if (this.#isClosed) return;
    const [about] = values;
    const job = typeof about === "object" && about !== null && "id" in about ? about.id : undefined;
    const failed = (cause: unknown) =>
      this.#log.error({ err: cause, queue, event, job }, `listener of ${event} failed: ${reasonOf(cause)}`);
    try {
      const outcome = listener(...values);
      if (!(outcome instanceof Promise)) return;
      const running: Promise<void> = outcome.catch(failed).then(() => void this.#running.delete(running));
      this.#running.set(running, jobText({ queue, id: typeof job === "string" ? job : event }));
    } catch (cause) {
      failed(cause);
    }
  }
}
