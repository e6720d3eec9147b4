import type { NotTakingReason } from "../../protocol/messages.ts";
import type { HeldJobStatus, ProcessMemory, SlotStatus, Status, WorkerStatus } from "../../protocol/status.ts";
import { jobText, printable } from "../../text/printable.ts";
import { type Line, lineText, piece, type Style } from "./styled.ts";
import { type Column, type Row, tableLines } from "./table.ts";
import { elapsedText, megabytes } from "./units.ts";

/** `forker status` for a person. */
export function statusText(status: Status, isColoured = false): string {
  return statusLines(status)
    .map((line) => lineText(line, isColoured))
    .join("\n");
}

interface StatusColumn extends Column {
  /** On a narrower terminal it is left out, so that there is room for what the worker does. */
  readonly fromWidth?: number;
}

const columns: readonly StatusColumn[] = [
  { title: "SLOT", isNumber: true },
  { title: "QUEUES" },
  { title: "PID", isNumber: true, fromWidth: 60 },
  { title: "GEN", isNumber: true, fromWidth: 100 },
  { title: "STATE" },
  { title: "DONE", isNumber: true, fromWidth: 60 },
  { title: "FAILED", isNumber: true, fromWidth: 70 },
  { title: "RESTARTS", isNumber: true, fromWidth: 110 },
  { title: "PRIVATE", isNumber: true, fromWidth: 90 },
  { title: "SHARED", isNumber: true, fromWidth: 110 },
  { title: "DOES" },
];

/** `selected`: the job that is shown as selected. `width`: how many columns the terminal has. */
export function statusLines(status: Status, selected?: HeldJobStatus, width = Infinity): Line[] {
  const fits = (_: unknown, at: number) => (columns[at]?.fromWidth ?? 0) <= width;
  const rows = status.slots.flatMap((slot) => slotRows(slot, selected));
  const { finished, failed, handedBack } = status.totals;
  return [
    headLine(status),
    ...reasonLines(status),
    ...tableLines(
      columns.filter(fits),
      rows.map((row) => row.filter(fits)),
    ),
    ...status.slots.flatMap(deathLine),
    [piece(`completed ${finished}, failed ${failed}, handed back ${handedBack}`)],
  ];
}

function headLine(status: Status): Line {
  const states = [
    `generation ${status.generation}`,
    `engine ${status.engine ?? "not chosen yet"}`,
    ...(status.suspended ? ["suspended"] : []),
    ...(status.reloading ? ["reloading"] : []),
    `up ${elapsedText(status.uptimeMs)}`,
  ];
  return [
    piece(`forker ${status.pid}`, "bold"),
    piece(`, ${status.phase}, `),
    status.ready ? piece("ready", "green") : piece("not ready", "red"),
    piece(`, ${states.join(", ")}`),
  ];
}

function reasonLines({ ready, phase, health, engineReason }: Status): Line[] {
  const { ready: readiness, live } = health;
  return [
    ...(ready ? [] : [[piece(`not ready: ${shown(readiness.reason ?? phase)}`, "red")]]),
    ...(live.ok ? [] : [[piece(`not alive: ${shown(live.reason ?? "")}`, "red")]]),
    ...(engineReason === null ? [] : [[piece(`spawned because ${shown(engineReason)}`, "yellow")]]),
  ];
}

function slotRows(slot: SlotStatus, selected: HeldJobStatus | undefined): Row[] {
  const own: Line[] = [[piece(String(slot.slot))], [piece(printable(slot.spec, 60))]];
  const counts = [slot.finished, slot.failed, slot.restarts].map((count): Line => [piece(String(count))]);
  const none: Line = [];
  if (slot.workers.length === 0)
    return [[...own, none, none, [piece("no worker", "red")], ...counts, none, none, none]];
  return slot.workers.flatMap((worker, index) => {
    const [first = none, ...others] = doingOf(worker, selected);
    const known: Row = [
      ...(index === 0 ? own : [none, none]),
      [piece(String(worker.pid))],
      [piece(String(worker.generation))],
      [stateOf(worker)],
      ...(index === 0 ? counts : [none, none, none]),
      ...memoryCells(worker.memory),
      first,
    ];
    return [known, ...others.map((line): Row => [...columns.slice(1).map(() => none), line])];
  });
}

const styles: Partial<Record<WorkerStatus["mode"], Style>> = {
  taking: "green",
  suspended: "yellow",
  draining: "yellow",
  stopping: "yellow",
};

function stateOf({ mode, connected }: WorkerStatus) {
  const isWaiting = mode === "taking" && !connected;
  return isWaiting ? piece("waiting for Redis", "red") : piece(mode, styles[mode] ?? "plain");
}

/** One line for each job. */
function doingOf(worker: WorkerStatus, selected: HeldJobStatus | undefined): Line[] {
  const trouble = worker.connectionError === null ? [] : [[piece(`Redis: ${shown(worker.connectionError)}`, "red")]];
  const because = worker.notTakingReason === null ? undefined : reasonTexts[worker.notTakingReason];
  const pause =
    worker.mode === "taking" && because !== undefined ? [[piece(`takes no job: ${because}`, "yellow")]] : [];
  const jobs = worker.holding.map((job): Line => {
    const isSelected = selected !== undefined && isSameJob(job, selected);
    return [piece(jobText(job), isSelected ? "reverse" : "plain"), piece(` for ${elapsedText(job.runningMs)}`, "dim")];
  });
  const runners = worker.runners.map(({ pid, state, job }): Line => {
    return [piece(`runner ${pid} ${job === null ? state : `${state} on ${jobText(job)}`}`, "dim")];
  });
  const idle = worker.idleMs === null ? [] : [[piece(`idle for ${elapsedText(worker.idleMs)}`, "dim")]];
  return [...jobs, ...idle, ...runners, ...pause, ...trouble];
}

export function isSameJob(left: HeldJobStatus, right: HeldJobStatus): boolean {
  return left.queue === right.queue && left.id === right.id;
}

/** The reasons that the rest of the line does not show. */
export const reasonTexts: Partial<Record<NotTakingReason, string>> = {
  stoppingJobs: "its jobs are being stopped",
  emptyingForSuspect: "it finishes its jobs first, because a worker died with the next job, which runs alone",
  suspectRunsAlone: "a worker died with this job, which runs alone",
  noQueues: "no queue of its patterns exists",
};

function memoryCells(memory: ProcessMemory | null): [Line, Line] {
  if (memory === null) return [[], []];
  const { privateKb, residentKb } = memory;
  return [[piece(megabytes(privateKb))], [piece(megabytes(residentKb - privateKb))]];
}

function deathLine({ slot, spec, lastDeath }: SlotStatus): Line[] {
  if (lastDeath === null) return [];
  return [[piece(`slot ${slot} [${printable(spec)}], its last crash: ${shown(lastDeath)}`, "yellow")]];
}

/** For a message, which may be longer than a name. */
function shown(message: string): string {
  return printable(message, 500);
}
