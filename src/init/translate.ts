import type { ExitName } from "../exit/exit-codes.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import type { Failure, KeeperMessage, TemplateMessage, WorkerMessage } from "../protocol/messages.ts";
import type { Event } from "./event.ts";
import type { TemplateFailure } from "./world.ts";

/** What a template says that is no event of its own, but concerns its generation or its workers. */
export interface TemplateSaid {
  readonly template: number;
  readonly message: Extract<TemplateMessage, { kind: "loaded" | "forked" | "forkFailed" }>;
}

/** A message of a template as events of its own. */
export function templateEvents(template: number, message: TemplateMessage): Event[] {
  switch (message.kind) {
    case "trying":
      return [{ kind: "templateTrying", template }];
    case "loadFailed":
      return [{ kind: "templateFailed", template, failure: templateFailure(message.failure) }];
    case "loaded":
    case "forked":
    case "forkFailed":
      return [];
  }
}

export function templateFailure(failure: Failure): TemplateFailure {
  return { message: failure.message, stack: failure.stack, exit: exitName(failure.exit) };
}

function exitName(name: string | undefined): ExitName {
  return name !== undefined && Object.hasOwn(exitCodes, name) ? (name as ExitName) : "bootFailure";
}

/** A message of a worker as events. */
export function workerEvents(worker: number, message: WorkerMessage): Event[] {
  switch (message.kind) {
    case "started":
      return [{ kind: "workerStarted", worker }];
    case "startFailed":
      return [{ kind: "workerStartFailed", worker, why: message.failure.stack ?? message.failure.message }];
    case "jobStopped": {
      const { queue, id, byItself } = message;
      return [{ kind: "workerJobStopped", worker, job: { queue, id }, byItself }];
    }
    case "ended":
      return [{ kind: "jobEnded", report: message.report }];
    case "endHeard":
      return [{ kind: "workerHeardEnd", worker, number: message.number }];
    case "pulse":
      return [{ kind: "workerPulse", worker, pulse: message }];
    case "farewell":
      return [{ kind: "workerFarewell", worker, farewell: message }];
  }
}

/** A message of the keeper as events. */
export function keeperEvents(keeper: number, message: KeeperMessage): Event[] {
  switch (message.kind) {
    case "stale":
      return [{ kind: "keeperSawStale", keeper, queues: message.queues }];
    case "alive":
      return [{ kind: "keeperAlive", keeper }];
    case "waiting":
      return [{ kind: "keeperKeepsBack", keeper, kept: message }];
    case "ended":
      return [{ kind: "jobEnded", report: message.report }];
    case "inherited": {
      const { handedBack, failed } = message;
      return [{ kind: "jobsInherited", keeper, handedBack, failed }];
    }
    case "returned": {
      const { worker: returned, handedBack, failed, wroteCompleted, wroteFailed } = message;
      return [{ kind: "jobsReturned", returned, handedBack, failed, wroteCompleted, wroteFailed }];
    }
  }
}
