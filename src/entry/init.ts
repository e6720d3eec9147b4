import { isatty } from "node:tty";
import { descriptorShares } from "../admin/descriptor-shares.ts";
import { HttpServer } from "../admin/http-server.ts";
import { startFolder } from "../config/app-path.ts";
import type { HttpAddress } from "../config/http-address.ts";
import { readSettings } from "../config/read-settings.ts";
import type { Settings } from "../config/settings.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { OwnFiles } from "../init/processes/own-files.ts";
import { bootFacts } from "../init/report/boot-facts.ts";
import { runInit } from "../init/run-init.ts";
import { createLogger, type Logger } from "../log/logger.ts";
import { ThrottledWarnings } from "../log/throttled-warnings.ts";
import { addonProblem, native } from "../native/binding.ts";
import { changeUser } from "../privileges/change-user.ts";
import { findClosedPath } from "../privileges/closed-path.ts";
import { removeDangerousEnvironment } from "../privileges/dangerous-environment.ts";
import type { SignalQueue } from "../signals/signal-queue.ts";
import { startOwnThreads } from "./own-threads.ts";
import { packageVersion } from "./package-version.ts";
import { say } from "./say.ts";

/** PID 1's beginning: settings, privileges, orphans; then it supervises. */
export async function enterInit(app: string, signals: SignalQueue, entryFile: string): Promise<number> {
  if ((isatty(1) || isatty(2)) && addonProblem() === undefined) native().writeFromBackground();
  const read = readSettings(process.env, app);
  if ("problems" in read) return refuse(read.problems);
  const { warnings } = read;
  const { logLevel: level, logFormat: format } = read.settings;
  const log = createLogger({ level, format }, { role: "init" });
  for (const warning of warnings) log.warn(warning);
  surviveFaults(log);
  const settings = doWithoutAddon(read.settings, log);
  // Before the change of user, which may not read them, and while they are what we run.
  const ownFiles = new OwnFiles(entryFile, log);
  const folder = startFolder(app, process.env);
  // Before the change of user: a low port is root's to bind. The first connection is accepted after it.
  const http = settings.http === undefined ? undefined : await listen(settings.http, settings.httpHosts ?? [], log);
  if (settings.user !== undefined) changeUser(settings.user, log);
  for (const name of removeDangerousEnvironment()) log.warn(`${name} was removed from the environment`);
  requireOwnFiles(entryFile);
  process.title = "forker init";
  log.info(bootFacts(settings), "forker boots");
  const adopted = adoptOrphans(settings, log);
  const hasThreads = await startOwnThreads(log);
  return await runInit({
    settings: adopted,
    signals,
    log,
    ownFiles,
    startFolder: folder,
    version: packageVersion(),
    http,
    hasThreads,
  });
}

/** Every process of ours is this Node and this file, started as the user that we are by now. */
function requireOwnFiles(entryFile: string): void {
  const closed = findClosedPath(process.execPath, "execute") ?? findClosedPath(entryFile);
  if (closed === undefined) return;
  const advice = `allow it (${closed.remedy}), install Node and forker elsewhere, or set FORKER_USER to a user who may`;
  throw new ForkerError(
    "system",
    "ERR_FORKER_CLOSED",
    `forker cannot start its processes: ${closed.problem}; ${advice}`,
  );
}

async function listen(address: HttpAddress, hosts: readonly string[], log: Logger): Promise<HttpServer> {
  const throttled = new ThrottledWarnings(log);
  const failed = (err: unknown) => throttled.error({ err }, "a fault in the health server; it goes on");
  const refused = (host: string) =>
    throttled.warn(
      { host },
      "refused an HTTP request for another host: FORKER_HTTP_HOSTS names those that are allowed",
    );
  return await HttpServer.listen(address, { connections: descriptorShares().http, hosts, failed, refused });
}

/**
 * Without the addon, plain Node is what is left: workers are spawned, and nobody but libuv waits for a child, and for its own
 * alone. Better such an init than none: an image that was built for another platform still does its jobs, and says so.
 */
function doWithoutAddon(settings: Settings, log: Logger): Settings {
  const problem = addonProblem();
  if (problem === undefined) return settings;
  const advice = "build it with npx forker-build-addon, or install bullmq-forker on the platform that it runs on";
  if (settings.engine === "fork") {
    const message = `FORKER_ENGINE=fork: ${problem}; ${advice}`;
    throw new ForkerError("system", "ERR_FORKER_ADDON", message);
  }
  const losses = "workers are spawned, orphans stay zombies, of the subcommands only status --check is answered";
  log.warn(`${problem}: ${losses}; ${advice}`);
  return { ...settings, engine: "spawn", spawnReason: problem };
}

/** Whatever we got wrong: PID 1's end is the end of every job in the container, so it is logged, and init goes on. */
function surviveFaults(log: Logger): void {
  // Node prints these to standard error, and waits for whoever reads it.
  process.removeAllListeners("warning");
  process.on("warning", (err) => log.warn({ err }, "a warning of Node's in init"));
  process.on("uncaughtException", (err) => log.error({ err }, "a fault in init; it goes on"));
  process.on("unhandledRejection", (err) => log.error({ err }, "a fault in init; it goes on"));
}

function refuse(problems: readonly ForkerError[]): number {
  for (const problem of problems) say.problem(problem.message);
  return problems[0]?.exitCode ?? 1;
}

/**
 * As PID 1 every orphan is ours; otherwise the kernel must be asked (prctl(2), PR_SET_CHILD_SUBREAPER). Where it refuses,
 * forked workers would not become init's children, and nobody would learn how they end: they are spawned instead.
 */
function adoptOrphans(settings: Settings, log: Logger): Settings {
  if (process.pid === 1 || addonProblem() !== undefined) return settings;
  try {
    native().becomeSubreaper();
    return settings;
  } catch (cause) {
    const { message } = cause as Error;
    log.warn(`orphans stay with the outer init, and workers are spawned: ${message}`);
    return { ...settings, engine: "spawn", spawnReason: message };
  }
}
