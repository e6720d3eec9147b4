import { formatMb, privateMbOf } from "./memory.mjs";
import { table } from "./screen.mjs";

/** Shows the few log lines of the entrypoint that matter to a newcomer, and collects their figures. */
export class Story {
  forks = [];
  loadMs = [];
  problems = 0;
  #screen;

  constructor(screen) {
    this.#screen = screen;
  }

  hear(line) {
    const { msg, isProblem } = line;
    if (msg === "loaded generation") {
      this.loadMs.push(line.loadMs);
      this.#screen.say(`generation ${line.generation} has loaded the shop in ${line.loadMs} ms`);
    } else if (msg === "forked workers") {
      this.forks.push(line);
      const workers = line.workers === 1 ? "1 worker" : `${line.workers} workers`;
      this.#screen.say(
        `template ${line.pid} of generation ${line.generation} forked ${workers} in ${Math.round(line.forkMs)} ms`,
      );
    } else if (isProblem) {
      this.problems += 1;
      this.#screen.say(`! ${msg}${line.cause ? `: ${line.cause}` : ""}`);
    }
  }
}

/** One row for each live worker; two for a slot whose worker is being replaced. */
export function workerTable({ slots }) {
  const rows = slots.flatMap(({ slot, spec, workers, finished }) =>
    workers.map((worker, index) => [
      slot,
      spec,
      worker.pid,
      worker.generation,
      worker.startMs === null ? "" : Math.round(worker.startMs),
      formatMb(privateMbOf(worker)),
      index === 0 ? finished : "",
      doing(worker),
    ]),
  );
  return table(["slot", "queues", "pid", "generation", "ready in ms", "private", "done", "doing"], rows);
}

function doing({ mode, holding }) {
  const jobs = holding.map(({ id }) => id).join(" ");
  if (mode === "taking") return jobs || "waiting";
  return `${mode} ${jobs}`.trimEnd();
}

export function queueLine(counts) {
  return Object.entries(counts)
    .map(([name, { added, done }]) => `${name} ${done}/${added}`)
    .join("   ");
}
