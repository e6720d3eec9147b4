import { setTimeout } from "node:timers/promises";
import { thrownPlace } from "../app/thrown-text.ts";
import { exitCodes, isLasting } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { createLogger, type Logger } from "../log/logger.ts";
import { isNativeError } from "../native/process.ts";
import { Channel, dial } from "../protocol/channel.ts";
import type { LaunchConfig, RunnerLaunchConfig } from "../protocol/launch-config.ts";
import { type Failure, fromTemplate, fromWorker } from "../protocol/messages.ts";
import type { InitLink } from "../worker/orders/init-link.ts";

const reportTimeoutMs = 2_000;

/**
 * Reports in the log and to init why a child process cannot start or continue. Resolves with its exit code. `link`: that of a worker
 * that is connected already.
 */
export async function startFailed(launch: LaunchConfig, cause: unknown, link?: InitLink): Promise<number> {
  const log = loggerOf(launch);
  const failure = failureOf(launch, cause);
  // init logs a mistake that ends it, or the reload.
  const isInits = launch.role !== "keeper" && isLasting(exitOf(cause));
  if (!isInits) log.fatal({ err: cause }, failure.message);
  try {
    await Promise.race([
      link === undefined ? report(launch, failure) : reportBy(link, failure),
      setTimeout(reportTimeoutMs),
    ]);
  } catch (error) {
    if (isInits) log.fatal({ err: cause }, failure.message);
    log.error({ cause: (error as Error).message }, "could not report the failure to init");
  }
  return exitCodes[exitOf(cause)].code;
}

export function loggerOf(launch: LaunchConfig | RunnerLaunchConfig): Logger {
  const { settings } = launch;
  const generation = launch.role === "keeper" ? {} : { generation: launch.generation };
  const options = launch.role === "worker" || launch.role === "runner" ? launch.options : undefined;
  const slot = options === undefined || options.isSpare === true ? {} : { slot: options.slot };
  return createLogger(
    { level: settings.logLevel, format: settings.logFormat },
    { role: launch.role, ...generation, ...slot },
  );
}

function failureOf({ role }: LaunchConfig, cause: unknown): Failure {
  const { message, stack } = cause instanceof Error ? cause : new Error(String(cause));
  if (cause instanceof ForkerError)
    return { code: cause.code, message: `${message}${thrownPlace(cause.cause)}`, exit: cause.exit };
  const start = { code: "ERR_FORKER_START", message: `the ${role} cannot continue: ${message}` };
  return { ...start, ...(stack !== undefined && { stack }), exit: exitOf(cause) };
}

function exitOf(cause: unknown): "system" | "bootFailure" | ForkerError["exit"] {
  if (cause instanceof ForkerError) return cause.exit;
  const isSystems = isNativeError(cause) || (cause as Partial<NodeJS.ErrnoException>).syscall !== undefined;
  return isSystems ? "system" : "bootFailure";
}

async function reportBy(link: InitLink, failure: Failure): Promise<void> {
  link.send({ kind: "startFailed", failure });
  await link.flushed();
}

/**
 * init accepts one hello per token. It refuses this one if the process has connected before, and has then received the reason.
 */
async function report(launch: LaunchConfig, failure: Failure): Promise<void> {
  const { token, role, socketName } = launch;
  // The keeper's log line is enough: init waits for no report from it.
  if (role === "keeper") return;
  const socket = await dial(socketName);
  const handlers = { message: () => undefined, closed: () => undefined };
  const hello = { kind: "hello", token, pid: process.pid } as const;
  if (role === "template") {
    const channel = new Channel(socket, handlers, undefined, "", fromTemplate);
    channel.send(hello);
    channel.send({ kind: "loadFailed", failure });
    await channel.flushed();
  } else {
    const channel = new Channel(socket, handlers, undefined, "", fromWorker);
    channel.send(hello);
    channel.send({ kind: "startFailed", failure });
    await channel.flushed();
  }
}
