import type { FlowJob, Job } from "bullmq";
import { chance, childOptions, data, jobOptions, oneOf } from "./draw-options.ts";
import type { HeldJob, Operation, Session } from "./session.ts";

const owner = "0a0b0c0d-1a2b3c4d-worker";

const anyQueue = ({ draws, queues }: Session) => oneOf(draws, queues) as (typeof queues)[number];
const anyWorker = ({ draws, workers }: Session) => oneOf(draws, workers) as (typeof workers)[number];

async function add(session: Session) {
  await anyQueue(session).add("job", data(session.draws), jobOptions(session.draws));
}

async function addBulk(session: Session) {
  const { draws } = session;
  const jobs = Array.from({ length: 1 + draws.below(3) }, () => ({
    name: "bulk",
    data: data(draws),
    opts: jobOptions(draws),
  }));
  await anyQueue(session).addBulk(jobs);
}

function flow({ draws, ...session }: Session, depth: number): FlowJob {
  const count = depth === 0 ? 0 : 1 + draws.below(2);
  const opts = childOptions(draws);
  const children = Array.from({ length: count }, () => flow({ draws, ...session }, depth - 1));
  return {
    name: "flow",
    queueName: anyQueue({ draws, ...session }).name,
    data: data(draws),
    opts,
    children,
  };
}

async function addFlow(session: Session) {
  await session.flows.add(flow(session, 1 + session.draws.below(2)));
}

async function take(session: Session) {
  const { draws, held } = session;
  const token = `${owner}:${1 + draws.below(3)}`;
  note(held, await anyWorker(session).getNextJob(token, { block: false }), token);
}

function note(held: HeldJob[], job: Job | undefined, token: string): void {
  if (job?.id !== undefined) held.push({ job, token });
}

/** Ends, or otherwise moves, a job that the session holds. */
function withHeld(use: (held: HeldJob, session: Session) => Promise<unknown>): Operation {
  return async (session) => {
    const { draws, held } = session;
    const at = draws.below(held.length);
    const one = held[at];
    if (one === undefined) return;
    if (chance(draws, 0.95)) held.splice(at, 1);
    await use(one, session);
  };
}

function keep(use: (held: HeldJob, session: Session) => Promise<unknown>): Operation {
  return async (session) => {
    const one = oneOf(session.draws, session.held);
    if (one !== undefined) await use(one, session);
  };
}

/** Any job of a queue, in whatever state. */
function withJob(use: (job: Job, session: Session) => Promise<unknown>): Operation {
  return async (session) => {
    const jobs: (Job | undefined)[] = await anyQueue(session).getJobs();
    const job = oneOf(
      session.draws,
      jobs.filter((one) => one !== undefined),
    );
    if (job !== undefined) await use(job, session);
  };
}

const moveStalled: Operation = async (session) => {
  await (anyWorker(session) as unknown as { moveStalledJobsToWait(): Promise<void> }).moveStalledJobsToWait();
};

export const jobOperations: Readonly<Record<string, readonly [weight: number, operation: Operation]>> = {
  add: [30, add],
  addBulk: [5, addBulk],
  addFlow: [12, addFlow],
  take: [40, take],
  complete: [
    18,
    withHeld(async ({ job, token }, { draws }) => {
      // The next job, if BullMQ fetches it, is left to the stalled check.
      await job.moveToCompleted(data(draws), token, chance(draws, 0.3));
    }),
  ],
  fail: [14, withHeld(({ job, token }, { draws }) => job.moveToFailed(new Error("failed"), token, chance(draws, 0.3)))],
  failForGood: [
    3,
    withHeld(({ job, token }, { bull }) => job.moveToFailed(new bull.UnrecoverableError("final"), token)),
  ],
  delayHeld: [4, withHeld(({ job, token }, { draws }) => job.moveToDelayed(Date.now() + draws.below(5_000), token))],
  moveToWait: [4, withHeld(({ job, token }) => job.moveToWait(token))],
  waitForChildren: [6, withHeld(({ job, token }) => job.moveToWaitingChildren(token))],
  wrongToken: [2, keep(({ job }) => job.moveToCompleted("late", "wrong:1", false))],
  extendLock: [4, keep(({ job, token }) => job.extendLock(token, 30_000))],
  extendLocks: [
    3,
    async (session) => {
      const { held } = session;
      await anyWorker(session).extendJobLocks(
        held.map(({ job }) => job.id ?? ""),
        held.map(({ token }) => token),
        30_000,
      );
    },
  ],
  progress: [4, keep(({ job }) => job.updateProgress({ done: 1 }))],
  updateData: [3, withJob((job, { draws }) => job.updateData(data(draws)))],
  log: [3, withJob((job) => job.log("a line"))],
  clearLogs: [1, withJob((job, { draws }) => job.clearLogs(draws.below(2)))],
  remove: [4, withJob((job, { draws }) => job.remove({ removeChildren: chance(draws, 0.5) }))],
  retry: [5, withJob((job, { draws }) => job.retry(chance(draws, 0.5) ? "failed" : "completed"))],
  promote: [4, withJob((job) => job.promote())],
  changeDelay: [4, withJob((job, { draws }) => job.changeDelay(draws.below(10_000)))],
  changePriority: [
    4,
    withJob((job, { draws }) => job.changePriority({ priority: draws.below(4), lifo: chance(draws, 0.3) })),
  ],
  removeChildDependency: [2, withJob((job) => job.removeChildDependency())],
  removeUnprocessedChildren: [2, withJob((job) => job.removeUnprocessedChildren())],
  removeDeduplicationKey: [2, withJob((job) => job.removeDeduplicationKey())],
  readJob: [
    6,
    withJob(async (job) => {
      await Promise.all([
        job.getState(),
        job.getDependencies(),
        job.getDependenciesCount(),
        job.getChildrenValues(),
        job.isFailed(),
      ]);
      await Promise.all([
        job.getIgnoredChildrenFailures(),
        job.getFailedChildrenValues(),
        job.isActive(),
        job.isWaiting(),
      ]);
    }),
  ],
  stalled: [8, moveStalled],
  passShortly: [30, async ({ draws, pass }) => pass(1 + draws.below(300))],
  passLong: [6, async ({ draws, pass }) => pass(draws.below(60_000))],
};
