import { loadApplication } from "../app/load.ts";
import { parkClients } from "../bull/parking/parked-clients.ts";
import { cpuCount } from "../config/cpu-quota.ts";
import { readSettings } from "../config/read-settings.ts";
import { defaultWorkload, formatWorkerSpec, formatWorkload, type WorkerSpec } from "../config/workload.ts";
import { parseWorkload } from "../config/workload-parser.ts";
import { trackAnswers } from "../engine/connections/answers.ts";
import { trackTurns } from "../engine/progress/turns.ts";
import { trackTimers } from "../engine/timers/template-timers.ts";
import { createLogger } from "../log/logger.ts";
import { printable } from "../text/printable.ts";
import { say } from "./say.ts";

/** `forker explain [APP]`: prints which worker takes which queues, and in which order. */
export async function explain(app: string | undefined): Promise<number> {
  const read = readSettings(process.env, app ?? "workers.mjs");
  if ("problems" in read) {
    for (const problem of read.problems) say.problem(problem.message);
    return read.problems[0]?.exitCode ?? 1;
  }
  const { settings } = read;
  const log = createLogger({ level: "error", format: settings.logFormat }, { role: "explain" });
  if (app === undefined) {
    const { workload } = settings;
    say.line(explanation(workload === undefined ? defaultWorkload : parseWorkload(workload, { cpus: cpuCount() })));
  } else {
    trackTurns();
    trackAnswers([]);
    trackTimers();
    parkClients();
    const { config, jobsAtATime } = await loadApplication(settings, 0, log);
    say.line(explanation(config.workload, jobsAtATime));
  }
  return 0;
}

/** Without the application, the concurrency of its queues is unknown. */
export function explanation(
  specs: readonly WorkerSpec[],
  jobsAtATime: (spec: WorkerSpec) => number = ({ concurrency }) => concurrency ?? 1,
): string {
  const rows = specs.map(
    (spec, slot) =>
      [String(slot), String(jobsAtATime(spec)), printable(queuesText(spec), 2_000) + demandText(spec)] as const,
  );
  const width = Math.max(4, ...rows.map(([slot]) => slot.length));
  const head = `${"slot".padEnd(width)}  jobs at a time  queues, first to last`;
  const lines = rows.map(
    ([slot, concurrency, queues]) => `${slot.padEnd(width)}  ${concurrency.padEnd(14)}  ${queues}`,
  );
  const workers = `${countText(specs)}: ${printable(formatWorkload(specs), 2_000)}`;
  return [head, ...lines, workers].join("\n");
}

/** `mail > export`, or with weights `mail:3 + export:1` */
function queuesText({ queues, weights }: WorkerSpec): string {
  return weights === undefined ? queues.join(" > ") : formatWorkerSpec({ queues, weights }).replaceAll(",", " + ");
}

/** `3 to 12 workers` */
function countText(specs: readonly WorkerSpec[]): string {
  const least = specs.filter((spec) => !isOnDemand(spec)).length;
  const numbers = least === specs.length ? String(least) : `${least} to ${specs.length}`;
  return `${numbers} ${specs.length === 1 && least === 1 ? "worker" : "workers"}`;
}

function demandText(spec: WorkerSpec): string {
  return isOnDemand(spec) ? " (on demand)" : "";
}

function isOnDemand({ range }: WorkerSpec): boolean {
  return range !== undefined && range.place >= range.minimum;
}
