import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import type { RowWriter } from "../board/row-writer.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { ChannelFault } from "../protocol/channel.ts";
import type { WorkerLaunchConfig } from "../protocol/launch-config.ts";
import { failureOf } from "./orders/failure.ts";
import { dialInit, type InitLink } from "./orders/init-link.ts";
import { type ListenForSignals, listenForSignals, SignalInbox } from "./orders/signal-inbox.ts";
import { type ProcessEdges, processEdges } from "./process-edges.ts";
import { watchUnexpectedExit } from "./unexpected-exit.ts";
import { WorkerProcess } from "./worker-process.ts";

/** What a worker uses of its process, and its connection to init. */
export interface WorkerEdges extends ProcessEdges {
  /** A worker in the foreground has no init. */
  readonly connect: (...call: Parameters<typeof dialInit>) => Promise<InitLink>;
  readonly listenForSignals: ListenForSignals;
  readonly watchExit: (worker: WorkerProcess, log: Logger) => void;
}

export const ownProcess: WorkerEdges = {
  ...processEdges,
  connect: dialInit,
  listenForSignals,
  watchExit: watchUnexpectedExit,
};

/**
 * Runs a worker until it ends. Resolves with its exit code; the caller must exit, since code of the application may still run.
 * Call it before any other code of the process can wait: its first statement installs the signal listeners.
 */
export async function runWorker(
  launch: WorkerLaunchConfig,
  application: Application,
  ownLog: Logger,
  /** undefined: messages carry what the board would show. */
  row?: RowWriter,
  edges: WorkerEdges = ownProcess,
): Promise<number> {
  const inbox = new SignalInbox(edges.listenForSignals);
  const log = logFor(launch, application, ownLog);
  application.hooks.logTo(log);
  application.listeners.logTo(log);
  const worker = new WorkerProcess(launch, application, log, edges, row);
  edges.watchExit(worker, log);
  const { promise: failed, resolve: fail } = Promise.withResolvers<ChannelFault>();
  try {
    const link = await edges.connect(launch, {
      message: (message) => worker.receive(message),
      closed: (cause) => (cause instanceof ChannelFault ? fail(cause) : worker.initDied(cause)),
    });
    worker.connectTo(link);
  } catch (error) {
    log.error({ socket: launch.socketName, err: error }, "could not connect to init");
    return exitCodes.system.code;
  }
  inbox.open((signal) => worker.signalled(signal));
  try {
    await Promise.race([worker.start(), worker.ended, failed]);
  } catch (error) {
    const failure = failureOf(error);
    // pino appends the messages of causes to the error's message, which already contains them.
    log.error({ reason: failure.message, err: (error as Error).cause ?? error }, "could not start worker");
    await worker.exitReporter.startFailed(failure);
    return error instanceof ForkerError ? error.exitCode : exitCodes.bootFailure.code;
  }
  const fault = await Promise.race([worker.ended, failed]);
  if (fault === undefined) return await worker.leave();
  // The keeper hands back the jobs and counts a death. Jobs that this worker handed back could repeat this forever.
  log.error(
    { cause: fault.message },
    "closed the channel to init: the worker exits and the keeper hands back its jobs",
  );
  return exitCodes.internal.code;
}

/** Workers use the application's logger, if it has set one. */
function logFor({ options, generation }: WorkerLaunchConfig, application: Application, ownLog: Logger): Logger {
  return (
    application.config.logger?.child({
      role: "worker",
      generation,
      ...(options.isSpare !== true && { slot: options.slot }),
    }) ?? ownLog
  );
}
