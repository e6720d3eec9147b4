import type { NotTakingReason } from "../protocol/messages.ts";
import type { ProcessMemory, SlotStatus, Status, WorkerStatus } from "../protocol/status.ts";
import { jobText, printable } from "../text/printable.ts";

/** `forker status` for a person. */
export function statusText(status: Status): string {
  const { finished, failed, handedBack } = status.totals;
  const head = [
    `forker ${status.pid}`,
    status.phase,
    status.ready ? "ready" : `not ready (${shown(status.health.ready.reason ?? status.phase)})`,
    `generation ${status.generation}`,
    `engine ${status.engine ?? "not chosen yet"}`,
    ...(status.suspended ? ["suspended"] : []),
    ...(status.reloading ? ["reloading"] : []),
  ].join(", ");
  const why = status.engineReason === null ? [] : [`spawned because ${shown(status.engineReason)}`];
  const dead = status.health.live.ok ? [] : [`not alive: ${shown(status.health.live.reason ?? "")}`];
  const templates = status.templates.map(
    ({ pid, generation, state, memory }) => `template ${pid} generation ${generation} ${state}${memoryText(memory)}`,
  );
  const total = `finished ${finished}, failed ${failed}, handed back ${handedBack}`;
  return [head, ...dead, ...why, ...templates, ...status.slots.flatMap(slotLines), total].join("\n");
}

function slotLines(slot: SlotStatus): string[] {
  const head = `slot ${slot.slot} [${printable(slot.spec)}] finished ${slot.finished} failed ${slot.failed} restarts ${slot.restarts}`;
  const death = slot.lastDeath === null ? "" : `, its last crash: ${shown(slot.lastDeath)}`;
  return [`${head}${death}`, ...slot.workers.flatMap(workerLines)];
}

function workerLines(worker: WorkerStatus): string[] {
  const runners = worker.runners.map(({ pid, state, job, memory }) => {
    const doing = job === null ? state : `${state} on ${jobText(job)}`;
    return `    runner ${pid} ${doing}${memoryText(memory)}`;
  });
  return [`  ${workerText(worker)}`, ...runners];
}

function workerText(worker: WorkerStatus): string {
  const jobs = worker.holding.map(jobText).join(" ");
  const trouble = worker.connectionError === null ? "" : ` (Redis: ${shown(worker.connectionError)})`;
  const mode = worker.mode === "taking" && !worker.connected ? "waiting for Redis" : worker.mode;
  const doing = jobs === "" ? "" : ` on ${jobs}`;
  const because = worker.notTakingReason === null ? undefined : reasonTexts[worker.notTakingReason];
  const pause = mode === "taking" && because !== undefined ? `, takes no job: ${because}` : "";
  return `worker ${worker.pid} generation ${worker.generation} ${mode}${doing}${pause}${memoryText(worker.memory)}${trouble}`;
}

/** The reasons that the rest of the line does not show. */
const reasonTexts: Partial<Record<NotTakingReason, string>> = {
  stoppingJobs: "its jobs are being stopped",
  emptyingForSuspect: "it finishes its jobs first, because a worker died with the next job, which runs alone",
  suspectRunsAlone: "a worker died with this job, which runs alone",
  noQueues: "no queue of its patterns exists",
};

/** For a message, which may be longer than a name. */
function shown(message: string): string {
  return printable(message, 500);
}

function memoryText(memory: ProcessMemory | null): string {
  if (memory === null) return "";
  const megabytes = (kb: number) => (kb / 1024).toFixed(1);
  return `, ${megabytes(memory.privateKb)} MB private of ${megabytes(memory.residentKb)} MB`;
}
