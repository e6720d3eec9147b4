import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import { continueApplication } from "../app/continue-application.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { allowMarking } from "../heap/marking.ts";
import { allowOptimizing, preventOptimizing } from "../heap/optimizing.ts";
import type { RunnerLaunchConfig } from "../protocol/launch-config.ts";
import { beNicer } from "./be-nicer.ts";
import { JobPerformer } from "./job-performer.ts";
import { listenForSignals } from "./runner-signals.ts";
import { dialWorker } from "./worker-link.ts";

/**
 * Runs a runner until its one job has ended. Resolves with its exit code; the caller must exit. Call it before any other code of the
 * process can wait: its first statement installs the signal listeners.
 */
export async function runRunner(
  launch: RunnerLaunchConfig,
  application: Application,
  ownLog: Logger,
  /** Makes this process die with init. Called once the application has continued here. */
  tieLifeToInit: () => void,
  /** What the template has prepared for it. */
  prepared: JobPerformer | undefined,
): Promise<number> {
  const signals = listenForSignals();
  const { generation, options } = launch;
  const { slot } = options;
  const log = application.config.logger?.child({ role: "runner", generation, slot }) ?? ownLog;
  application.hooks.logTo(log);
  application.listeners.logTo(log);
  // The application may compute for as long as it needs, and then waits for the job, unless it has Workers of its own.
  const continues = application.adopted !== undefined;
  if (continues || application.hooks.has.afterFork) allowOptimizing();
  // The worker has reported it.
  await continueApplication(application, launch, () => undefined);
  if (!continues) preventOptimizing();
  const performer = prepared ?? (await JobPerformer.prepare(launch.settings, application, log));
  performer.belongTo(slot, log);
  tieLifeToInit();
  const title = `forker runner ${slot} gen ${generation}`;
  process.title = `${title} ready`;
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const link = await dialWorker(launch, {
    message(message) {
      if (message.kind === "abort") return performer.abort(message.reason);
      link?.send({ kind: "started" });
      allowMarking();
      allowOptimizing();
      beNicer(application.isolation.limitsOf(message.queue).nice);
      process.title = `${title} processing ${performer.nameOf(message)} since ${timeOfDay()}`;
      void performer.run(message).then(end);
    },
    // The worker has ended, or does not need this runner. Somebody else may get the job, so it must not go on here.
    closed: () => end(),
  });
  if (link === undefined) return exitCodes.done.code;
  performer.connectTo(link);
  signals.onStop(() => link.send({ kind: "stopAsked" }));
  await over;
  await link.flushed();
  if (application.hooks.has.teardown) await application.hooks.teardown({ role: "runner", generation, slot });
  return exitCodes.done.code;
}

/** `12:01:07` */
export function timeOfDay(): string {
  return new Date().toTimeString().slice(0, 8);
}
