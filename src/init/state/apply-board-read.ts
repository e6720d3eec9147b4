import type { BoardRow } from "../../board/row-reader.ts";
import type { Event } from "./event.ts";
import { forgetDoneStops, orderOwnStops } from "./job-stops.ts";
import type { Limits } from "./limits.ts";
import type { Worker } from "./worker.ts";
import { blockedAfterMs, jobsOf, standsStillMs } from "./worker-facts.ts";
import type { World } from "./world.ts";

/** init reads the board in each turn of its loop, at least this often. */
const boardReadMs = 1_000;

/** Changes the world by what the board shows of each worker. */
export function applyBoardRead(
  world: World,
  { records, stoppedBySignal }: Extract<Event, { kind: "boardRead" }>,
  limits: Limits,
  now: number,
): void {
  for (const worker of world.workers) {
    const before = worker.seen;
    worker.seen = records.get(worker.id) ?? before;
    orderOwnStops(worker, before, limits);
    noteStop(worker, stoppedBySignal.has(worker.id), now);
    if (worker.seen?.mode !== before?.mode) noteMode(worker, now);
    if (hasTurnedAgain(worker, before, limits)) worker.turnsSince = now;
    if (jobsOf(worker).length > 0) worker.jobFreeSince = now;
    if (!isIdleAsBefore(worker, before)) worker.idleSince = now;
    forgetDoneStops(worker);
  }
}

function noteMode(worker: Worker, now: number): void {
  worker.modeSince = now;
  if (worker.seen?.mode === "draining") worker.drainsByItself = worker.state !== "draining";
}

function noteStop(worker: Worker, isStopped: boolean, now: number): void {
  const wasStopped = worker.isStoppedBySignal;
  worker.isStoppedBySignal = isStopped;
  if (wasStopped && !isStopped) worker.thawedAt = now;
  if (wasStopped || !isStopped) return;
  const beatAt = worker.seen?.beatAt ?? now;
  // init checks every second from standsStillMs on. If it finds the stop later, the event loop was blocked before.
  worker.stoppedSince = now - beatAt < standsStillMs + 2 * boardReadMs ? beatAt : now;
}

/** Its event loop was blocked, for instance by a job, and turns again. */
function hasTurnedAgain({ seen }: Worker, before: BoardRow | undefined, limits: Limits): boolean {
  if (seen === undefined || before === undefined) return false;
  return seen.beatAt - before.beatAt > blockedAfterMs(before.holding.length > 0, limits);
}

function isIdleAsBefore(worker: Worker, before: BoardRow | undefined): boolean {
  const { seen } = worker;
  if (seen === undefined || jobsOf(worker).length > 0) return false;
  return seen.mode === before?.mode && seen.notTakingReason === before.notTakingReason;
}
