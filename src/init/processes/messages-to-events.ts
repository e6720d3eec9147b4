import type { ExitName } from "../../exit/exit-codes.ts";
import { exitCodes, isLasting } from "../../exit/exit-codes.ts";
import type { KeeperMessage } from "../../protocol/keeper-messages.ts";
import type { User } from "../../protocol/launch-config.ts";
import type { Failure, TemplateMessage, WorkerMessage } from "../../protocol/messages.ts";
import type { Event } from "../state/event.ts";
import type { TemplateFailure } from "../state/template.ts";
import type { Refusal } from "../state/world.ts";
import { refuseTemplate, unreadableUser, unseenUser } from "./refuse-template.ts";

type Loaded = Extract<TemplateMessage, { kind: "loaded" }>;

/** Translates a template's message into events. Children verifies which processes it has forked. `userOf`: its current user. */
export function templateEvents(
  template: number,
  message: Exclude<TemplateMessage, { kind: "forked" }>,
  userOf: () => User | undefined,
): Event[] {
  switch (message.kind) {
    case "trying":
      return [{ kind: "templateTrying", template }];
    case "loadFailed":
      return [{ kind: "templateFailed", template, failure: templateFailure(message.failure) }];
    case "loaded":
      return [loadedEvent(template, message, userOf)];
    case "forkFailed": {
      const why = message.failure.message;
      const notBorn = message.workers.map((worker): Event => ({ kind: "workerNotLaunched", worker, why }));
      const runners = (message.runners ?? []).map((runner): Event => ({ kind: "runnerNotLaunched", runner, why }));
      notBorn.push(...runners);
      return message.broken ? [...notBorn, { kind: "templateBroken", template, why }] : notBorn;
    }
  }
}

/** forker.user() may have changed the template's user. init asks the kernel, because the application controls the message. */
function loadedEvent(template: number, message: Loaded, userOf: () => User | undefined): Event {
  let user: User | undefined;
  try {
    user = userOf();
  } catch (cause) {
    return { kind: "templateFailed", template, failure: unreadableUser(cause as Error) };
  }
  if (user === undefined) return { kind: "templateFailed", template, failure: unseenUser };
  const failure = refuseTemplate(user.uid);
  if (failure !== undefined) return { kind: "templateFailed", template, failure };
  const { workload: specs, queueOptions, hearsEnds, engine, engineReason, place, loadMs } = message;
  const timeLimits = message.timeLimits.map(({ pattern, softMs, hardMs }) => ({ pattern, softMs, hardMs }));
  const loaded = { specs, timeLimits, queueOptions, hearsEnds, engine, engineReason, user, place, redis: place?.redis };
  return { kind: "templateLoaded", template, loaded, loadMs };
}

export function templateFailure(failure: Failure): TemplateFailure {
  return { message: failure.message, stack: failure.stack, exit: exitName(failure.exit) };
}

function exitName(name: string | undefined): ExitName {
  return name !== undefined && Object.hasOwn(exitCodes, name) ? (name as ExitName) : "bootFailure";
}

function refusalOf({ exit, message: why }: Failure): Refusal {
  return { exit: exitName(exit), why };
}

/** The worker itself has logged the stack. */
function startFailed(worker: number, failure: Failure): Event {
  const refusal = refusalOf(failure);
  const { why } = refusal;
  return { kind: "workerStartFailed", worker, why, ...(isLasting(refusal.exit) && { refusal }) };
}

/** Translates a worker's message into events. */
export function workerEvents(worker: number, message: WorkerMessage): Event[] {
  switch (message.kind) {
    case "started":
      return [{ kind: "workerStarted", worker, goesOn: message.goesOn }];
    case "settled":
      return [{ kind: "workerSettled", worker }];
    case "startFailed":
      return [startFailed(worker, message.failure)];
    case "crashed":
      return [{ kind: "workerCrashed", worker, cause: message.cause }];
    case "refused":
      return [{ kind: "workerRefused", worker, refusal: refusalOf(message.failure) }];
    case "placed":
      return [{ kind: "workerPlaced", worker, place: message.place }];
    case "lateOptions":
      return [{ kind: "workerLateOptions", worker, queueOptions: message.queueOptions }];
    case "jobTimes":
      return [{ kind: "workerMeasured", worker, times: message }];
    case "jobStopped": {
      const { queue, id, byItself } = message;
      return [{ kind: "workerJobStopped", worker, job: { queue, id }, byItself }];
    }
    case "stalledTaken": {
      const { queue, id } = message;
      return [{ kind: "workerTookStalled", worker, job: { queue, id } }];
    }
    case "ended":
      return [{ kind: "jobEnded", report: message.report }];
    case "endHeard":
      return [{ kind: "workerHeardEnd", worker, number: message.number }];
    case "retryDelay": {
      const { kind: _, ...answer } = message;
      return [{ kind: "workerRetryDelay", worker, answer }];
    }
    case "readFleet":
      return [{ kind: "workerReadFleet", worker, rule: message.rule }];
    case "statusUpdate":
      return [{ kind: "workerStatusUpdate", worker, statusUpdate: message }];
    case "runnersWanted": {
      const { waiting, isUrgent, socketName, secret } = message;
      return [{ kind: "workerWantsRunners", worker, wanted: { waiting, isUrgent, host: { socketName, secret } } }];
    }
    case "runnerPrimed":
    case "runnerDone":
      return [{ kind: message.kind, runner: message.runner, worker }];
    case "runnerTaken": {
      const { runner, queue, id } = message;
      return [{ kind: "runnerTaken", runner, worker, job: { queue, id } }];
    }
    case "killRunner":
      return [{ kind: "runnerKillAsked", runner: message.runner, worker, why: message.why }];
    case "exitReport":
      return [{ kind: "workerExitReport", worker, exitReport: message }];
  }
}

/** Translates a keeper's message into events. */
export function keeperEvents(keeper: number, message: KeeperMessage): Event[] {
  switch (message.kind) {
    case "fleetOrdered": {
      const { kind, command, order, by, rule } = message;
      return [{ kind, keeper, command, order, by, rule }];
    }
    case "fleetRuled":
      return [{ kind: "fleetRuled", keeper, rule: message.rule }];
    case "fleetJoined":
      return [{ kind: "fleetJoined", keeper, after: message.after }];
    case "fleetRestarted":
      return [{ kind: "fleetRestarted", keeper, after: message.after, isLost: message.isLost }];
    case "stale":
      return [{ kind: "keeperSawStale", keeper, queues: message.queues }];
    case "askRetryDelay": {
      const { kind: _, ...question } = message;
      return [{ kind: "keeperAskedRetryDelay", keeper, question }];
    }
    case "jobCounts":
      return [{ kind: "keeperCountedJobs", keeper, queues: message.queues }];
    case "dueJobs":
      return [{ kind: "keeperCountedDue", keeper, queues: message.queues }];
    case "alive":
      return [{ kind: "keeperAlive", keeper }];
    case "withdrawn":
      return [{ kind: "keeperWithdrew", keeper }];
    case "quarantined":
      return [{ kind: "keeperQuarantined", keeper, quarantined: message }];
    case "ended":
      return [{ kind: "jobEnded", report: message.report }];
    case "recovered": {
      const { handedBack, failed } = message;
      return [{ kind: "jobsRecovered", keeper, handedBack, failed }];
    }
    case "handedBack": {
      const { worker: deadWorker, handedBack, failed, wroteCompleted, wroteFailed } = message;
      return [{ kind: "jobsHandedBack", deadWorker, handedBack, failed, wroteCompleted, wroteFailed }];
    }
  }
}
