import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import type { RunnerLaunchConfig } from "../protocol/launch-config.ts";
import { JobPerformer } from "./job-performer.ts";
import { ownProcess, type RunnerEdges } from "./process-edges.ts";
import { dialWorker, type WorkerLinkHandlers } from "./worker-link.ts";

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
  edges: RunnerEdges = ownProcess,
): Promise<number> {
  const signals = edges.listenForSignals();
  const { generation, options } = launch;
  const { slot } = options;
  const log = application.config.logger?.child({ role: "runner", generation, slot }) ?? ownLog;
  application.hooks.logTo(log);
  application.listeners.logTo(log);
  // The application may compute for as long as it needs, and then waits for the job, unless it has Workers of its own.
  const continues = application.adopted !== undefined;
  if (continues || application.hooks.has.afterFork) edges.allowOptimizing();
  // The worker has reported it.
  await edges.continueApplication(application, launch, () => undefined);
  if (!continues) edges.preventOptimizing();
  const performer = prepared ?? (await JobPerformer.prepare(launch.settings, application, log));
  performer.belongTo(slot, log);
  tieLifeToInit();
  const title = `forker runner ${slot} gen ${generation}`;
  edges.showTitle(`${title} ready`);
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const handlers: WorkerLinkHandlers = {
    message(message) {
      if (message.kind === "abort") return performer.abort(message.reason);
      link?.send({ kind: "started" });
      edges.allowMarking();
      edges.allowOptimizing();
      edges.beNicer(application.isolation.limitsOf(message.queue).nice);
      edges.showTitle(`${title} processing ${performer.nameOf(message)} since ${timeOfDay()}`);
      void performer.run(message).then(end);
    },
    // The worker has ended, or does not need this runner. Somebody else may get the job, so it must not go on here.
    closed: () => end(),
  };
  const link = await dialWorker(launch, handlers, edges.dial);
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
