import { type HealthSnapshot, healthOf, readiness } from "../../admin/health.ts";
import type {
  PageEvent,
  PageForker,
  PageJob,
  PageMemory,
  PageProcess,
  PageQueue,
  PageSlot,
  PageState,
  PageTotals,
} from "../../admin/page/page-state.ts";
import { rangeText, reasonTexts } from "../../admin/terminal/status-lines.ts";
import type { BoardJob } from "../../board/row-reader.ts";
import { formatWorkerSpec } from "../../config/workload.ts";
import { isOver } from "../../protocol/job-stage.ts";
import { printable } from "../../text/printable.ts";
import { jobCountsOf } from "../state/measured-queues.ts";
import { rangesOf, slotSpecs, wantedSlots } from "../state/wanted-slots.ts";
import type { Worker } from "../state/worker.ts";
import { countsOf, isInSlot, jobsOf } from "../state/worker-facts.ts";
import { slotOf, type World } from "../state/world.ts";
import { isReloading, rangeStatus, totalsOf } from "./build-status.ts";
import { recentStatus } from "./queue-status.ts";
import { modeText, troubleOf } from "./worker-text.ts";

export interface PageFacts {
  readonly now: number;
  readonly snapshot: HealthSnapshot;
  /** What does not change while init runs. */
  readonly constant: Pick<PageForker, "host" | "version" | "node" | "startedAt" | "mayOrder">;
  /** Milliseconds since 1970, for an instant of the monotonic clock. */
  readonly epoch: (instant: number) => number;
  readonly memoryOf: (pid: number) => PageMemory | undefined;
  readonly events: Readonly<Record<string, PageEvent>>;
}

/** Jobs and queues beyond these are only counted. */
const jobsAtMost = 20;
const queuesAtMost = 100;
const nameAtMost = 400;

/** What the page shows, from init's memory. */
export function pageStateOf(world: World, facts: PageFacts): PageState {
  return {
    forker: forkerOf(world, facts),
    totals: pageTotalsOf(world),
    processes: Object.fromEntries(processesOf(world, facts)),
    slots: slotsOf(world, facts),
    queues: queuesOf(world, facts),
    events: facts.events,
  };
}

export function pageTotalsOf(world: World): PageTotals {
  const { finished, failed, handedBack, lost } = totalsOf(world);
  return { completed: finished, failed, handedBack, lost };
}

function forkerOf(world: World, { snapshot, constant, epoch }: PageFacts): PageForker {
  const { ready, live } = healthOf(snapshot);
  const { phase, current, drainDeadline } = world;
  const ranges = rangesOf(world).map((range) => rangeStatus(world, range));
  return {
    ...constant,
    phase,
    isReady: ready.ok,
    ...(ready.reason !== null && { notReadyReason: shown(ready.reason) }),
    ...(live.reason !== null && { notLiveReason: shown(live.reason) }),
    isSuspended: world.suspended,
    isReloading: isReloading(world),
    generation: current?.number ?? 0,
    ...(ranges.length > 0 && { ranges: ranges.map((range) => shown(rangeText(range))) }),
    ...(current !== undefined && { engine: current.engine }),
    ...(current?.engineReason !== undefined && { engineReason: shown(current.engineReason) }),
    ...(phase === "draining" && Number.isFinite(drainDeadline) && { drainsUntil: Math.round(epoch(drainDeadline)) }),
    oomKills: world.oomKills,
  };
}

function* processesOf(world: World, facts: PageFacts): Iterable<[string, PageProcess]> {
  const memory = (pid: number | undefined) => {
    const reading = pid === undefined ? undefined : facts.memoryOf(pid);
    return { ...(pid !== undefined && { pid }), ...(reading !== undefined && { memory: reading }) };
  };
  yield ["init", { role: "init", state: world.phase, ...memory(process.pid) }];
  const { keeper } = world;
  if (keeper !== undefined)
    yield ["keeper", { role: "keeper", parent: "init", state: keeper.state, ...memory(keeper.pid) }];
  for (const { id, pid, state, generation } of world.templates)
    yield [`template ${id}`, { role: "template", parent: "init", generation, state, ...memory(pid) }];
  for (const worker of world.workers) {
    const isThere = world.templates.some(({ id }) => id === worker.template);
    const parent = isThere ? `template ${worker.template}` : "init";
    yield [`worker ${worker.id}`, { ...workerOf(worker, facts), parent, ...memory(worker.pid) }];
  }
  // A row for each runner that does not run a job would come and go several times a second.
  for (const { id, worker, state, job, pid } of world.runners)
    if (job !== undefined)
      yield [`runner ${id}`, { role: "runner", parent: `worker ${worker}`, state, ...memory(pid) }];
}

function workerOf(worker: Worker, facts: PageFacts): PageProcess {
  const { finished: completed, failed } = countsOf(worker);
  const jobs = jobsOf(worker).toSorted((left, right) => left.startedAt - right.startedAt);
  const trouble = troubleOf(worker, facts.snapshot);
  const reason = worker.seen?.notTakingReason;
  const pausedBecause = reason === undefined ? undefined : reasonTexts[reason];
  const isIdle = jobs.length === 0 && worker.seen !== undefined;
  return {
    role: worker.isSpare ? "spare" : "worker",
    generation: worker.generation,
    ...(!worker.isSpare && { slot: worker.slot }),
    state: modeText(worker),
    ...(trouble !== undefined && { trouble: shown(trouble) }),
    ...(pausedBecause !== undefined && { pausedBecause }),
    ...(jobs.length > 0 && { jobs: jobs.slice(0, jobsAtMost).map((job) => jobOf(job, facts)) }),
    ...(jobs.length > jobsAtMost && { moreJobs: jobs.length - jobsAtMost }),
    ...(isIdle && { idleSince: Math.round(facts.epoch(worker.jobFreeSince)) }),
    completed,
    failed,
  };
}

/** The names are exact, so that the job can be stopped by them; the page makes them harmless to read. */
function jobOf({ queue, id, startedAt, starts, stage }: BoardJob, { epoch }: PageFacts): PageJob {
  const isShortened = queue.length > nameAtMost || id.length > nameAtMost;
  return {
    queue: isShortened ? printable(queue, nameAtMost) : queue,
    id: isShortened ? printable(id, nameAtMost) : id,
    since: Math.round(epoch(startedAt)),
    ...(starts !== undefined && starts > 1 && { starts }),
    ...(isOver(stage) && { isEnding: true }),
    ...(stage === "waitingForRunner" && { waitsForRunner: true }),
    ...(isShortened && { isShortened }),
  };
}

function slotsOf(world: World, { snapshot }: PageFacts): Record<string, PageSlot> {
  const verdicts = readiness(snapshot).slots;
  const specs = slotSpecs(world);
  const inSlots = world.workers.filter(({ isSpare }) => !isSpare);
  const indexes = new Set([...wantedSlots(world), ...inSlots.map(({ slot }) => slot)]);
  const slots = [...indexes].map((index): [string, PageSlot] => {
    const workers = world.workers.filter((worker) => isInSlot(worker, index));
    const { finished, failed, restarts, lastDeath, oomKills } = slotOf(world, index);
    const spec = specs[index] ?? workers[0]?.spec;
    const counts = workers.map(countsOf);
    return [
      String(index),
      {
        spec: spec === undefined ? "" : printable(formatWorkerSpec(spec), nameAtMost),
        completed: counts.reduce((sum, one) => sum + one.finished, finished),
        failed: counts.reduce((sum, one) => sum + one.failed, failed),
        restarts,
        oomKills,
        ...(lastDeath !== undefined && { lastDeath: shown(lastDeath) }),
        ...(workers.length === 0 && {
          emptyBecause: verdicts.find(({ slot }) => slot === index)?.state ?? "no worker",
        }),
      },
    ];
  });
  return Object.fromEntries(slots);
}

function queuesOf(world: World, { epoch, now }: PageFacts): Record<string, PageQueue> {
  const jobs = world.workers.flatMap(jobsOf);
  const names = new Set([
    ...jobs.map(({ queue }) => queue),
    ...world.workers.flatMap(({ statusUpdate }) => statusUpdate?.queues ?? []),
  ]);
  const queues = [...names]
    .toSorted()
    .slice(0, queuesAtMost)
    .map((name): [string, PageQueue] => {
      const running = jobs.filter(({ queue }) => queue === name);
      const stale = world.staleQueues.queues.find(({ queue }) => queue === name);
      const oldest = Math.min(...running.map(({ startedAt }) => startedAt));
      return [
        `=${name.slice(0, nameAtMost)}`,
        {
          workers: world.workers.filter(({ statusUpdate }) => statusUpdate?.queues.includes(name)).length,
          running: running.length,
          ...measuredOf(world, name, now),
          ...(running.length > 0 && { oldestSince: Math.round(epoch(oldest)) }),
          ...(stale !== undefined && { staleSince: Math.round(epoch(stale.since)) }),
        },
      ];
    });
  return Object.fromEntries(queues);
}

function measuredOf(world: World, queue: string, now: number): Partial<PageQueue> {
  const measured = world.measured.get(queue);
  if (measured === undefined) return {};
  const jobs = jobCountsOf(world, measured, now);
  const { waitMs, durationMs } = recentStatus(measured, now);
  return {
    ...(jobs !== undefined && { waiting: jobs.waiting + jobs.prioritized, delayed: jobs.delayed }),
    ...(waitMs.p50 !== null && waitMs.p95 !== null && { waited: [waitMs.p50, waitMs.p95] }),
    ...(durationMs.p50 !== null && durationMs.p95 !== null && { took: [durationMs.p50, durationMs.p95] }),
  };
}

/** For a message, which may be longer than a name. */
function shown(message: string): string {
  return printable(message, 500);
}
