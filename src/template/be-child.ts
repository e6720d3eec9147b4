import type { Logger } from "pino";
import { forgetAnswers } from "../engine/connections/answers.ts";
import { becomeForkedChild } from "../engine/identity/become-forked-child.ts";
import { becomeOwnLogThreads } from "../engine/threads/log-threads.ts";
import { continueTimers, dropTimers } from "../engine/timers/template-timers.ts";
import { preventOptimizing } from "../heap/optimizing.ts";
import { native } from "../native/binding.ts";
import type { RunnerLaunchConfig, TemplateLaunchConfig, WorkerLaunchConfig } from "../protocol/launch-config.ts";
import type { ForkOrder, RunnerOrder } from "../protocol/messages.ts";

export type Order = ForkOrder | RunnerOrder;

export interface Origin {
  readonly launch: TemplateLaunchConfig;
  readonly log: Logger;
  /** Drops the template's orders and its channel, which do not belong to the child. */
  readonly abandon: () => void;
  /** `ended`: the descriptors of the connections that have ended in this process. */
  readonly continueAs: (launch: WorkerLaunchConfig | RunnerLaunchConfig, ended: readonly number[]) => void;
}

/** A copy of the template that can become neither a worker nor a runner must not survive. */
export function beChild(order: Order, ended: readonly number[], origin: Origin): void {
  try {
    wakeAsChild(order, ended, origin);
  } catch (cause) {
    const fields = { err: cause, slot: order.options.slot };
    origin.log.fatal(fields, "killing a forked process that cannot take up its role");
    process.kill(native().currentPid(), "SIGKILL");
  }
}

/** Runs first in a child. */
export function wakeAsChild(order: Order, ended: readonly number[], { launch, abandon, continueAs }: Origin): void {
  const role = "runner" in order ? "runner" : "worker";
  if (role === "runner") preventOptimizing();
  abandon();
  becomeForkedChild({
    title: `forker ${role} ${order.options.isSpare === true ? "spare" : order.options.slot} gen ${launch.generation} starting`,
  });
  forgetAnswers();
  if (role === "runner") dropTimers();
  else continueTimers();
  becomeOwnLogThreads();
  continueAs(launchOf(launch, order), ended);
  // The role's listeners are installed: signals that arrived since the fork are delivered now.
  native().unblockSignals();
}

export function launchOf(
  { generation, settings, socketName, initPid, version, hasBoard }: TemplateLaunchConfig,
  order: Order,
): WorkerLaunchConfig | RunnerLaunchConfig {
  const common = { options: order.options, generation, settings, initPid, version };
  if ("runner" in order) return { role: "runner", ...common, runner: order.runner, host: order.host };
  return { role: "worker", engine: "fork", ...common, hasBoard, token: order.token, socketName };
}
