import type { Application } from "../../app/application.ts";
import { adoptedOptions } from "../../app/with-adopted.ts";
import type { QueueOptions } from "../../protocol/queue-options.ts";

/** The options of Workers that the application has created since init learned of them: init and the keeper act on some. */
export class LateOptions {
  readonly #application: Application;
  readonly #known: Set<string>;

  /** A forked worker has inherited the Workers that its template has reported. A spawned one has Workers of its own. */
  constructor(application: Application, engine: "fork" | "spawn") {
    this.#application = application;
    this.#known = new Set(engine === "fork" ? application.queueOptions.map(({ pattern }) => pattern) : []);
  }

  /** Those of these queues, once. */
  take(queues: readonly string[]): QueueOptions[] {
    const late = queues.filter((queue) => !this.#known.has(queue));
    for (const queue of late) this.#known.add(queue);
    const { adopted } = this.#application;
    if (adopted === undefined || late.length === 0) return [];
    return adoptedOptions(adopted).filter((one) => late.includes(one.pattern));
  }
}
