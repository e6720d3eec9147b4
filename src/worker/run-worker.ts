import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import type { RowWriter } from "../board/row-writer.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { ChannelFault } from "../protocol/channel.ts";
import type { WorkerLaunchConfig } from "../protocol/launch-config.ts";
import type { Failure } from "../protocol/messages.ts";
import { dialInit } from "./orders/init-link.ts";
import { recordSignals } from "./orders/record-signals.ts";
import { SignalInbox } from "./orders/signal-inbox.ts";
import { watchUnexpectedExit } from "./unexpected-exit.ts";
import { WorkerProcess } from "./worker-process.ts";

/**
 * The whole life of a worker. Resolves with its exit code; the caller exits, since code of the application may still run.
 * To be called before any other code of the process can wait: from its first line on, no signal finds us unprepared.
 */
export async function runWorker(
  launch: WorkerLaunchConfig,
  application: Application,
  ownLog: Logger,
  /** None: what the board would show goes by message. */
  row?: RowWriter,
): Promise<number> {
  const inbox = new SignalInbox();
  const log = logFor(launch, application, ownLog);
  if (row !== undefined) showSignals(row, log);
  application.hooks.logTo(log);
  const worker = new WorkerProcess(launch, application, log, row);
  watchUnexpectedExit(worker, log);
  const { promise: failed, resolve: fail } = Promise.withResolvers<ChannelFault>();
  try {
    const link = await dialInit(launch, {
      message: (message) => worker.receive(message),
      closed: (cause) => (cause instanceof ChannelFault ? fail(cause) : worker.initDied(cause)),
    });
    worker.connectTo(link);
  } catch (error) {
    log.error({ err: error }, `no init at control socket ${launch.socketName}`);
    return exitCodes.system.code;
  }
  inbox.open((signal) => worker.signalled(signal));
  try {
    await Promise.race([worker.start(), worker.ended, failed]);
  } catch (error) {
    const failure = failureOf(error);
    // pino adds the messages of causes to the error's own, which tells of them already.
    log.error({ err: (error as Error).cause ?? error }, `worker did not start: ${failure.message}`);
    await worker.startFailed(failure);
    return error instanceof ForkerError ? error.exitCode : exitCodes.bootFailure.code;
  }
  const fault = await Promise.race([worker.ended, failed]);
  if (fault === undefined) return await worker.leave();
  // Its jobs are left to the keeper, which counts this as a death: handed back from here, they could end like this for ever.
  log.error(
    { cause: fault.message },
    "closed the channel to init: this worker ends, and the keeper hands back its jobs",
  );
  return exitCodes.internal.code;
}

/** Without it a worker that is blocked hears no signal of its own, and works all the same. */
function showSignals(row: RowWriter, log: Logger): void {
  try {
    recordSignals(row);
  } catch (error) {
    log.warn({ err: error }, "a signal to this worker's own pid will wait for its event loop");
  }
}

/** The application's own logger, if it set one, is for its workers. */
function logFor({ options, generation }: WorkerLaunchConfig, application: Application, ownLog: Logger): Logger {
  return application.config.logger?.child({ role: "worker", generation, slot: options.slot }) ?? ownLog;
}

function failureOf(error: unknown): Failure {
  if (error instanceof ForkerError) return { code: error.code, message: error.message, exit: error.exit };
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { code: "ERR_FORKER_WORKER_START", message, ...(stack !== undefined && { stack }), exit: "bootFailure" };
}
