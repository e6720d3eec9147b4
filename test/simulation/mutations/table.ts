import type { Mutation } from "./mutation.ts";

const init = "src/init";
const answers = `${init}/report/answers.ts`;
const advance = `${init}/state/advance.ts`;
const applyEvent = `${init}/state/apply-event.ts`;
const applyKeeper = `${init}/state/apply-keeper-event.ts`;
const applyOrder = `${init}/state/apply-order.ts`;
const applyTemplate = `${init}/state/apply-template-event.ts`;
const applyWorker = `${init}/state/apply-worker-event.ts`;
const boardRead = `${init}/state/apply-board-read.ts`;
const demand = `${init}/state/demand.ts`;
const facts = `${init}/state/worker-facts.ts`;
const fleet = `${init}/state/apply-fleet.ts`;
const health = `${init}/decide/reconcile-health.ts`;
const jobs = `${init}/decide/reconcile-jobs.ts`;
const jobStops = `${init}/state/job-stops.ts`;
const leaving = `${init}/decide/reconcile-leaving.ts`;
const keeper = `${init}/decide/reconcile-keeper.ts`;
const pauses = `${init}/state/respawn-pauses.ts`;
const processEnd = `${init}/state/process-end.ts`;
const reconcile = `${init}/decide/reconcile.ts`;
const perform = `${init}/processes/perform.ts`;
const rangeSnapshot = `${init}/state/range-snapshot.ts`;
const ranges = `${init}/decide/reconcile-ranges.ts`;
const replace = `${init}/state/replace-worker.ts`;
const runnerEvents = `${init}/state/apply-runner-event.ts`;
const runners = `${init}/decide/reconcile-runners.ts`;
const scaleRange = `${init}/decide/scale-range.ts`;
const signals = `${init}/decide/reconcile-signals.ts`;
const slots = `${init}/decide/reconcile-slots.ts`;
const snapshot = `${init}/report/health-snapshot.ts`;
const spare = `${init}/decide/reconcile-spare.ts`;
const spawner = `${init}/processes/spawner.ts`;
const supervisor = `${init}/supervisor.ts`;
const transitions = `${init}/state/transitions.ts`;

/** Each breaks one decision of init, as a careless change could. */
export const mutations: readonly Mutation[] = [
  {
    name: "A1: a worker is judged without its reason for taking no jobs",
    edits: [
      {
        file: health,
        from: ' && seen.mode === "taking" && seen.notTakingReason === undefined;',
        to: ' && seen.mode === "taking";',
      },
    ],
  },
  {
    name: "A6: finished jobs do not reset the count of crashes",
    edits: [
      { file: pauses, from: "return finished + failed > 0 || hasLived", to: "return hasLived" },
      { file: pauses, from: "wasOfUse || hadJobs ? 0", to: "wasOfUse ? 0" },
    ],
  },
  {
    name: "B1: init waits without end for a template that spawn() has not started",
    edits: [
      { file: spawner, from: "      notStarted(cause);\n      return;", to: "      return;" },
      {
        file: advance,
        from: "addTemplate(world, world.candidate.number, now + limits.bootTimeoutMs + limits.bootGraceMs);",
        to: "addTemplate(world, world.candidate.number, Infinity);",
      },
      {
        file: advance,
        from: "addTemplate(world, action.generation, now + limits.bootTimeoutMs + limits.bootGraceMs);",
        to: "addTemplate(world, action.generation, Infinity);",
      },
    ],
  },
  {
    name: "the jobs of a dead worker are not handed back",
    edits: [
      {
        file: applyWorker,
        from: "if (worker.exitReport === undefined) orderHandBack(world, worker, heldBy(worker), status, limits, now);",
        to: "if (worker.exitReport === undefined) heldBy(worker);",
      },
    ],
  },
  {
    name: "a hand-back order has no deadline",
    edits: [
      {
        file: applyKeeper,
        from: "deadline: now + longestLockMs(worker.queueOptions, queues, limits.lockDurationMs),",
        to: "deadline: Infinity,",
      },
    ],
  },
  {
    name: "init gives up handing back jobs at once",
    edits: [
      {
        file: applyKeeper,
        from: "deadline: now + longestLockMs(worker.queueOptions, queues, limits.lockDurationMs),",
        to: "deadline: now + 0 * longestLockMs(worker.queueOptions, queues, limits.lockDurationMs),",
      },
    ],
  },
  {
    name: "a reload is abandoned after the first failure",
    edits: [
      {
        file: `${init}/decide/reconcile-generations.ts`,
        from: "candidate.failures >= limits.candidateFailures",
        to: "candidate.failures >= 1",
      },
    ],
  },
  {
    name: "hand-back orders are not repeated to the keeper's successor",
    edits: [
      {
        file: applyKeeper,
        from: "for (const one of world.handBackOrders) one.isOrdered = false;",
        to: "",
      },
    ],
  },
  {
    name: "a process that cannot be killed is never given up",
    edits: [{ file: processEnd, from: "now < killedAt + unkillableMs", to: "now < Infinity" }],
  },
  {
    name: "a frozen time extends no deadline",
    edits: [{ file: applyEvent, from: "one.deadline = extended(one.deadline);", to: "" }],
  },
  {
    name: "a frozen time counts for a process that was killed before it",
    edits: [{ file: applyEvent, from: "one.killedAt += frozenMs;", to: "one.killedAt += 0;" }],
  },
  {
    name: "a deadline passes before init has read what happened while it was frozen",
    edits: [
      {
        file: applyEvent,
        from: "Math.max(deadline + frozenMs, readBy)",
        to: "Math.max(deadline + frozenMs, readBy * 0)",
      },
    ],
  },
  {
    name: "a hard limit is inverted",
    edits: [{ file: jobs, from: "if (!isUnheeded(", to: "if (isUnheeded(" }],
  },
  {
    name: "a hard limit is not enforced",
    edits: [{ file: jobs, from: "if (hardMs === undefined)", to: "if (hardMs !== 0)" }],
  },
  {
    name: "a keeper that fails is replaced without a pause",
    edits: [
      {
        file: applyKeeper,
        from: "keeper.hasMoved ? now : now + backOffMs(world.keeperFailures, limits)",
        to: "now",
      },
    ],
  },
  {
    name: "a worker that fails is replaced without a pause",
    edits: [
      {
        file: pauses,
        from: "slot.notBefore = now + (hadJobs ? Math.min(pauseMs, limits.jobBackOffMaximumMs) : pauseMs);",
        to: "slot.notBefore = now + 0 * pauseMs;",
      },
    ],
  },
  {
    name: "stuck workers are replaced without a pause",
    edits: [{ file: replace, from: "now + replacementPauseMs(slot.replacements, limits)", to: "now" }],
  },
  {
    name: "a worker counts as stuck before FORKER_STUCK_TIMEOUT",
    edits: [
      {
        file: health,
        from: "if (idleMs < limits.stuckTimeoutMs + (",
        to: "if (idleMs < limits.stuckTimeoutMs / 4 + (",
      },
    ],
  },
  {
    name: "a SIGSTOP is counted from when the event loop was first blocked",
    edits: [
      {
        file: boardRead,
        from: "now - beatAt < standsStillMs + 2 * boardReadMs ? beatAt : now",
        to: "beatAt + 0 * standsStillMs * boardReadMs",
      },
    ],
  },
  {
    name: "a job end is lost with the worker that was to hear it",
    edits: [{ file: applyWorker, from: "  takeEndsBack(world, worker.id);\n", to: "" }],
  },
  {
    name: "TTOU removes the last worker",
    edits: [{ file: applyOrder, from: "!leaving && mayLoseSlot(world)", to: "!leaving" }],
  },
  {
    name: "TTIN is lost while the application loads",
    edits: [
      {
        file: applyOrder,
        from: "if (!leaving) world.extraWorkers += 1;",
        to: "if (!leaving && world.current !== undefined) world.extraWorkers += 1;",
      },
    ],
  },
  {
    name: "a reload undoes TTIN and TTOU that came while it loaded",
    edits: [
      {
        file: `${init}/state/activate-candidate.ts`,
        from: "Math.max(fewest, world.extraWorkers - undoneWorkers)",
        to: "0",
      },
    ],
  },
  {
    name: "CONT resumes no slot",
    edits: [{ file: applyOrder, from: "slot.suspended = world.suspended;", to: "slot.suspended ||= world.suspended;" }],
  },
  {
    name: "init does not wait for the quarantine",
    edits: [{ file: leaving, from: " && world.quarantined.count === 0) {", to: ") {" }],
  },
  {
    name: "init exits without the last report to those who wait for the drain",
    edits: [{ file: leaving, from: "world.exitAt === undefined && world.waiters > 0", to: "world.waiters < 0" }],
  },
  {
    name: "a template that cannot fork counts twice",
    edits: [
      {
        file: advance,
        from: "template.generation === world.current?.number) world.brokenTemplates += 1;",
        to: "template.generation === world.current?.number) world.brokenTemplates += 2;",
      },
    ],
  },
  {
    name: "a drain has no deadline",
    edits: [{ file: applyOrder, from: "world.drainDeadline = now + limits.drainTimeoutMs;", to: "" }],
  },
  {
    name: "a template that has closed its channel has no time to exit",
    edits: [
      {
        file: applyTemplate,
        from: "isCutOff = true;\n      template.deadline = Math.min(template.deadline, now + limits.exitTimeMs);",
        to: "isCutOff = true;\n      template.deadline = Math.min(template.deadline, now);",
      },
    ],
  },
  {
    name: "a template that retires has no time to exit",
    edits: [
      {
        file: advance,
        from: "const timeMs = limits.exitTimeMs + (owesWorkers ? limits.forkTimeMs : 0);",
        to: "const timeMs = owesWorkers ? limits.forkTimeMs : 0;",
      },
    ],
  },
  {
    name: "a worker that drains in a reload has no deadline",
    edits: [
      { file: slots, from: "mayTakeItsTime(world, worker) ? Infinity : deadline", to: "Infinity" },
      { file: slots, from: 'state === "draining" && deadline === Infinity', to: "deadline === -1" },
    ],
  },
  {
    name: "a successor takes jobs before its predecessor has ended",
    edits: [{ file: slots, from: "if (older.length === 0) return", to: "if (older.length >= 0) return" }],
  },
  {
    name: "init gives up after one crash in each slot",
    edits: [{ file: slots, from: "startFailures < limit", to: "startFailures < 1" }],
  },
  {
    name: "a new worker does not know that its slot is suspended",
    edits: [
      {
        file: supervisor,
        from: "suspended: findWorker(world, worker).toldSuspended",
        to: "suspended: false && findWorker",
      },
    ],
  },
  {
    name: "a signal to a worker does not change its slot's suspension",
    edits: [{ file: applyWorker, from: "slot.suspended = worker.toldSuspended = suspended;", to: "void suspended;" }],
  },
  {
    name: "a worker's suspension counts although it has not handled init's last order",
    edits: [
      {
        file: applyWorker,
        from: "suspensionOrders !== worker.suspensionOrders ||",
        to: "suspensionOrders === -1 ||",
      },
    ],
  },
  {
    name: "a worker to which SIGKILL cannot be sent gets no order to stop",
    edits: [{ file: reconcile, from: "if (isToStopUnkilled(worker))", to: "if (isToStopUnkilled(worker) && now < 0)" }],
  },
  {
    name: "/readyz counts a draining worker that never reported that it took jobs",
    edits: [
      {
        file: snapshot,
        from: 'return mode === "taking" ? "draining" : mode;',
        to: 'return mode === "taking" ? mode : "draining";',
      },
    ],
  },
  {
    name: "a worker that handles a signal to stop, and is blocked then, has no deadline",
    edits: [
      {
        file: signals,
        from: 'if (mode === "draining" && !worker.drainsByItself) return Infinity;',
        to: "if (mode !== undefined) return Infinity;",
      },
    ],
  },
  {
    name: "a worker that handles a signal to drain, and is blocked then, has no deadline",
    edits: [
      {
        file: signals,
        from: '(mode !== "stopping" && mode !== "draining")',
        to: 'mode !== "stopping"',
      },
    ],
  },
  {
    name: "a worker that handles USR1, and is blocked then, keeps its jobs",
    edits: [
      {
        file: jobStops,
        from: "if (askedAt <= (before?.jobStopAskedAt ?? 0)) return;",
        to: "if (askedAt >= 0) return;",
      },
    ],
  },
  {
    name: "a probe is answered before init's loop turns after a freeze",
    edits: [
      { file: answers, from: "if (clock.now() - turnedAt() > lateMs) await", to: "if (clock.now() < lateMs) await" },
    ],
  },
  {
    name: "a SIGKILL that could not be sent counts as one that did not end the process",
    edits: [
      {
        file: processEnd,
        from: "return killFailure === undefined ? undefined :",
        to: "return killFailure !== null ? undefined :",
      },
    ],
  },
  {
    name: "a spare takes over a slot whose worker has not ended",
    edits: [{ file: spare, from: "workersOf(world, slot).length === 0 && now", to: "now" }],
  },
  {
    name: "a spare that takes over a suspended slot takes jobs",
    edits: [
      {
        file: perform,
        from: "suspended: findWorker(world, action.worker).toldSuspended,",
        to: "suspended: false,",
      },
    ],
  },
  {
    name: "a spare that fails is replaced without a pause",
    edits: [{ file: spare, from: "now < spare.notBefore", to: "now < 0" }],
  },
  {
    name: "the jobs of a dead worker are handed back while its runners run",
    edits: [{ file: keeper, from: "&& isOver(one));", to: "&& (isOver(one) || now > 0));" }],
  },
  {
    name: "a runner outlives its worker",
    edits: [{ file: runners, from: 'runner.state !== "killed" && !world', to: "runner.id < 0 && !world" }],
  },
  {
    name: "runners that do not start are forked without a pause",
    edits: [{ file: runners, from: "now < worker.runnersNotBefore", to: "now < 0" }],
  },
  {
    name: "a worker does not hear of a runner that init gives up",
    edits: [{ file: perform, from: "if (action.runnerOf !== undefined)", to: "if (action.runnerOf === null)" }],
  },
  {
    name: "init falls back to spawned workers although they need runners",
    edits: [
      {
        file: `${init}/decide/reconcile-generations.ts`,
        from: "worker.generation === current.number && mayNeedRunners(worker)))",
        to: "worker.id < 0))",
      },
    ],
  },
  {
    name: "a runner is not killed when its worker asks for it",
    edits: [{ file: runnerEvents, from: "runner.deadline = now;", to: "" }],
  },
  {
    name: "a runner that waits for a job is killed as one that is not ready",
    edits: [
      {
        file: runnerEvents,
        from: '"primed", runner.pid === undefined ? runner.deadline : Infinity',
        to: '"primed", runner.deadline',
      },
      { file: runners, from: 'if (state === "asked") return "it was', to: 'if (state !== "ending") return "it was' },
    ],
  },
  {
    name: "a runner that has reported its end has no deadline",
    edits: [{ file: runnerEvents, from: '"ending", now + limits.exitTimeMs', to: '"ending", Infinity' }],
  },
  {
    name: "/readyz says that runners do not start although one is primed",
    edits: [{ file: snapshot, from: '({ state }) => state === "primed"', to: "({ id }) => id < 0" }],
  },
  {
    name: "a range loses workers below its minimum",
    edits: [
      {
        file: scaleRange,
        from: "Math.max(minimum, enoughWorkers(snapshot))",
        to: "Math.max(0, enoughWorkers(snapshot))",
      },
    ],
  },
  {
    name: "a range does not return to its minimum",
    edits: [
      { file: ranges, from: "if (from >= range.minimum) return undefined;", to: "if (from >= 0) return undefined;" },
      { file: scaleRange, from: "if (workers < minimum) return", to: "if (workers < 0) return" },
    ],
  },
  {
    name: "a range grows beyond its maximum",
    edits: [{ file: scaleRange, from: "up(snapshot, Math.min(needed, maximum))", to: "up(snapshot, needed)" }],
  },
  {
    name: "a range without workers gets none for the jobs that wait",
    edits: [
      { file: scaleRange, from: "if (needed > workers) return", to: "if (needed > workers && workers > 0) return" },
    ],
  },
  {
    name: "a range loses a worker that runs a job",
    edits: [
      {
        file: ranges,
        from: "isInSlot(worker, slot) && mayBeBusy(worker)",
        to: "isInSlot(worker, slot) && worker.id < 0",
      },
    ],
  },
  {
    name: "a range loses workers as soon as fewer are enough",
    edits: [
      {
        file: demand,
        from: "return Math.max(removeAfterMs,",
        to: "return Math.min(removeAfterMs, 0 *",
      },
    ],
  },
  {
    name: "the time for which fewer workers are enough does not begin again after a step",
    edits: [
      {
        file: demand,
        from: "mistakeForMs: number, now: number): void {\n  resetQuiet(demand, now);",
        to: "mistakeForMs: number, now: number): void {",
      },
    ],
  },
  {
    name: "a range loses more workers than were not needed",
    edits: [
      {
        file: scaleRange,
        from: "return Math.max(quietPeak, Math.ceil(",
        to: "return Math.max(0 * quietPeak, 0 * Math.ceil(",
      },
    ],
  },
  {
    name: "a range changes for the jobs that were due a minute ago",
    edits: [{ file: rangeSnapshot, from: "const staleAfterMs = 5_000;", to: "const staleAfterMs = 60_000;" }],
  },
  {
    name: "more workers of a range are added without a reason",
    edits: [
      {
        file: ranges,
        from: 'if (workers === 0) return "jobs wait, and there is no worker";',
        to: 'if (workers === 0) return "";',
      },
    ],
  },
  {
    name: "an order of the fleet that came twice acts twice",
    edits: [
      { file: fleet, from: "return isLaterCommand(command, world.fleet.after);", to: "return command.length > 0;" },
    ],
  },
  {
    name: "a rule of the fleet acts again whenever a keeper or a worker reads it",
    edits: [{ file: fleet, from: "return rule.number > (world", to: "return rule.number >= (world" }],
  },
  {
    name: "a rule of the fleet that arrives late undoes a newer one",
    edits: [{ file: fleet, from: "return rule.number > (world", to: "return rule.number !== (world" }],
  },
  {
    name: "a worker that has read an old rule of the fleet stays suspended",
    edits: [
      {
        file: fleet,
        from: "else if (rule.suspended && obeysSuspension(worker))",
        to: "else if (rule.suspended && worker.id < 0 && obeysSuspension(worker))",
      },
    ],
  },
  {
    name: "an order of the fleet is forgotten",
    edits: [{ file: fleet, from: 'if (order.name === "stopJob") return;', to: 'if (order.name !== "drain") return;' }],
  },
  {
    name: "a suspension that changes while a worker starts is repeated only when it takes jobs",
    edits: [
      {
        file: facts,
        from: 'return state === "starting" || state === "standby" || state === "taking";',
        to: 'return state === "taking";',
      },
    ],
    isEquivalent:
      "the loop sends take and suspend in one turn, before any other event: the worker gets them one after the other, and may take a job between only as long as a message is under way, as with any suspension",
  },
  {
    name: "the table of transitions lets a stopping worker drain",
    edits: [{ file: transitions, from: '  stopping: ["killed"],', to: '  stopping: ["draining", "killed"],' }],
    isEquivalent:
      "the table only refuses what a decision should not ask for: isToDrain and leave() order no stopping worker to drain (the next mutation breaks both)",
  },
  {
    name: "a stopping worker is drained, and the table of transitions allows it",
    edits: [
      { file: transitions, from: '  stopping: ["killed"],', to: '  stopping: ["draining", "killed"],' },
      { file: slots, from: 'return state === "taking" ||', to: 'return state === "stopping" || state === "taking" ||' },
    ],
  },
];
