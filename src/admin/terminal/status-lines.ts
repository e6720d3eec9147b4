import type { NotTakingReason } from "../../protocol/messages.ts";
import type {
  HeldJobStatus,
  ProcessMemory,
  RangeStatus,
  SlotStatus,
  Status,
  WorkerStatus,
} from "../../protocol/status.ts";
import { jobText, printable } from "../../text/printable.ts";
import { type Line, lineText, piece, type Style } from "./styled.ts";
import { type Column, type Row, tableLines } from "./table.ts";
import { elapsedText, megabytes, pidText } from "./units.ts";

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
  const slots = status.slots.filter(({ vacant, workers }) => !vacant || workers.length > 0);
  const rows = [...slots.flatMap((slot) => slotRows(slot, selected)), ...status.spares.map(spareRow)];
  const { finished, failed, handedBack } = status.totals;
  return [
    headLine(status),
    ...reasonLines(status),
    ...tableLines(
      columns.filter(fits),
      rows.map((row) => row.filter(fits)),
    ),
    ...slots.flatMap(deathLine),
    ...status.ranges.map((range): Line => [piece(rangeText(range), range.heldBy === null ? "plain" : "yellow")]),
    [piece(`completed ${finished}, failed ${failed}, handed back ${handedBack}`)],
  ];
}

/** `import: 3 workers of 1 to 8` */
export function rangeText({ spec, workers, minimum, maximum, heldBy }: RangeStatus): string {
  return `${printable(spec, 60)}: ${workers} ${workers === 1 ? "worker" : "workers"} of ${minimum} to ${maximum}${heldText(heldBy)}`;
}

function heldText(heldBy: RangeStatus["heldBy"]): string {
  switch (heldBy) {
    case "memory":
      return ", and no memory for the others that it needs";
    case "cpu":
      return ", and no CPU for the others that it needs";
    case "keeper":
      return ", and none is added, because no keeper counts its jobs";
    case null:
      return "";
  }
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
    readinessOf(status),
    piece(`, ${states.join(", ")}`),
  ];
}

/** By the words of `forker status --check`: what somebody has suspended does not take jobs, as requested. */
function readinessOf({ ready, health }: Pick<Status, "ready" | "health">) {
  if (health.ready.ok) return piece("ready", "green");
  return ready ? piece("as requested", "yellow") : piece("not ready", "red");
}

function reasonLines({ ready, phase, health, engineReason }: Status): Line[] {
  const { ready: readiness, live } = health;
  const { text, style } = readinessOf({ ready, health });
  return [
    ...(readiness.ok ? [] : [[piece(`${text}: ${shown(readiness.reason ?? phase)}`, style)]]),
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
      [piece(pidText(worker.pid))],
      [piece(String(worker.generation))],
      [stateOf(worker)],
      ...(index === 0 ? counts : [none, none, none]),
      ...memoryCells(worker.memory),
      first,
    ];
    return [known, ...others.map((line): Row => [...columns.slice(1).map(() => none), line])];
  });
}

function spareRow(worker: WorkerStatus): Row {
  const none: Line = [];
  const [does = none] = doingOf(worker, undefined);
  const own: Row = [[piece("spare")], none, [piece(pidText(worker.pid))], [piece(String(worker.generation))]];
  return [...own, [stateOf(worker)], none, none, none, ...memoryCells(worker.memory), does];
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
    const name = piece(jobText(job), isSelected ? "reverse" : "plain");
    const waits = job.stage === "waitingForRunner" ? piece(" waits for a runner", "yellow") : piece("");
    return [name, waits, piece(` for ${elapsedText(job.runningMs)}`, "dim")];
  });
  const runners = worker.runners.map(({ pid, state, job }): Line => {
    const name = ["runner", pidText(pid), state].filter((word) => word !== "").join(" ");
    return [piece(job === null ? name : `${name} on ${jobText(job)}`, "dim")];
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
