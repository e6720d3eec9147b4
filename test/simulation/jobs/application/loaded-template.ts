import { optionsBy, plainOptions } from "../../../../src/app/queue-options.ts";
import { ownCpuCount } from "../../../../src/config/cpu-quota.ts";
import type { Settings } from "../../../../src/config/settings.ts";
import { parseWorkload } from "../../../../src/config/workload-parser.ts";
import type { TemplateMessage } from "../../../../src/protocol/messages.ts";
import { describedDefinition } from "./definition.ts";

const bull = { version: "6.7.0", major: 6 };

/** What a template reports when it has loaded the application. */
export class LoadedTemplate {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  loadedMessage(): Extract<TemplateMessage, { kind: "loaded" }> {
    const { workload = "*", timeLimits = [] } = this.#settings;
    return {
      kind: "loaded",
      workload: parseWorkload(workload, { cpus: ownCpuCount() }).map(({ queues, concurrency, range }) => ({
        queues: [...queues],
        ...(concurrency !== undefined && { concurrency }),
        ...(range !== undefined && { range }),
      })),
      timeLimits: timeLimits.map(({ pattern, softMs, hardMs }) => ({
        pattern,
        softMs,
        ...(hardMs !== undefined && { hardMs }),
      })),
      queueOptions: plainOptions(describedDefinition, optionsBy(describedDefinition)),
      hearsEnds: true,
      engine: "fork",
      place: { identity: "redis", text: "redis", redis: { connection: { host: "redis" }, prefix: "bull", bull } },
      loadMs: 100,
    };
  }
}
