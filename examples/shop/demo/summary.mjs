import { formatMb, privateMbOf, residentMbOf } from "./memory.mjs";
import { table } from "./screen.mjs";

/** The memory figures at one moment. */
export function memoryFacts({ templates, slots }) {
  const template = templates.at(-1);
  return {
    templateMb: template && residentMbOf(template),
    workersMb: slots.flatMap(({ workers }) => workers.map(privateMbOf)).filter((mb) => mb !== undefined),
  };
}

/** The whole run in a few lines. */
export function summaryLines({ boot, reload, after, story, quit, counts }) {
  const rows = Object.entries(counts).map(([name, { added, done, failed }]) => [name, added, done, failed]);
  const all = ["added", "done", "failed"].map((field) => sum(counts, field));
  const workers = boot.workersMb.length;
  const forkMs = Math.round(story.forks[0]?.forkMs ?? Number.NaN);
  return [
    "",
    ...table(["queue", "added", "done", "failed"], [...rows, ["all", ...all]]),
    "",
    `  start    ${seconds(boot.ms)}: the shop was loaded once (${story.loadMs[0]} ms), ${workers} workers were forked in ${forkMs} ms`,
    `  memory   the shop ${formatMb(boot.templateMb)}, shared; a worker's own ${range(boot.workersMb)} when ready, ${range(after.workersMb)} after its jobs`,
    `  reload   ${seconds(reload.ms)} from HUP until all ${workers} were replaced, and ${reload.jobs} jobs done meanwhile`,
    `  drain    ${seconds(quit.ms)} from QUIT to exit code ${quit.code}`,
    "",
  ];
}

export function verdict(counts, mistakes, wanted) {
  const [added, done] = [sum(counts, "added"), sum(counts, "done")];
  const isRight = mistakes.length === 0 && added === wanted && done === wanted;
  return isRight
    ? { isRight, text: `${added} jobs added = ${done} jobs done, each once, and each with the expected result` }
    : {
        isRight,
        text: `${wanted} jobs wanted, ${added} added, ${done} done, ${mistakes.length} with a wrong result`,
      };
}

function sum(counts, field) {
  return Object.values(counts).reduce((total, count) => total + count[field], 0);
}

function range(values) {
  return values.length === 0 ? "?" : `${formatMb(Math.min(...values))} to ${formatMb(Math.max(...values))}`;
}

function seconds(ms) {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
