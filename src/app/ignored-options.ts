import type { Logger } from "pino";
import type { AdoptedWorker } from "../bull/adoption/adopted-worker.ts";
import { describe } from "../config/workload-value.ts";
import { isReadable, type QueueOptions } from "../protocol/queue-options.ts";
import { plainOptionsOf } from "./queue-options.ts";
import { honouredOptions, isHonoured, refusalOf } from "./worker-option-table.ts";

/** Workers that have been warned about. A forked worker inherits those of the template. */
const known = new WeakSet<AdoptedWorker>();

/** Warns, once for each Worker of the application's own, of the options that forker ignores. */
export function warnOfIgnoredOptions(workers: readonly AdoptedWorker[], log: Logger): void {
  for (const one of workers) {
    if (known.has(one)) continue;
    known.add(one);
    for (const ignored of [...withoutMeaning(one), ...unreadable(one)])
      log.warn({ queue: one.queue, ...ignored }, "ignored a Worker option");
  }
}

interface Ignored {
  readonly option: string;
  readonly why: string;
  readonly instead: string;
}

function withoutMeaning({ options, processor }: AdoptedWorker): Ignored[] {
  return Object.entries(options).flatMap(([option, value]: [string, unknown]) => {
    const refused = refusalOf(option);
    if (refused?.insteadIfAdopted === undefined || value === undefined || refused.accepts?.(value) === true) return [];
    // Nothing renews the locks of jobs that the application takes itself, with or without the option.
    if (option === "skipLockRenewal" && processor === undefined) return [];
    return [{ option, why: refused.why, instead: refused.insteadIfAdopted }];
  });
}

/** BullMQ goes on with such a value in the workers. */
function unreadable({ queue, options }: AdoptedWorker): Ignored[] {
  return Object.entries(plainOptionsOf(queue, options)).flatMap(([field, value]: [string, unknown]) => {
    const option = field.replace(/Ms$/, "");
    if (!isHonoured(option) || isReadable(field as keyof QueueOptions, value)) return [];
    const why = `the keeper cannot use ${describe(value)}, and ends jobs by the default`;
    return [{ option, why, instead: `set it to ${honouredOptions[option].expected}` }];
  });
}
