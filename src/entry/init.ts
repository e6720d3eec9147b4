import { isatty } from "node:tty";
import { descriptorShares } from "../admin/descriptor-shares.ts";
import { HttpServer } from "../admin/http-server.ts";
import { startFolder } from "../config/app-path.ts";
import type { HttpAddress } from "../config/http-address.ts";
import { readSettings } from "../config/read-settings.ts";
import type { Settings } from "../config/settings.ts";
import { withTokenOfFile } from "../config/token-file.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { keepYoungGenerationSmall } from "../heap/young-generation.ts";
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
import { packageVersion } from "./package-version.ts";
import { say } from "./say.ts";
import type { EarlyStart } from "./start-early.ts";

/** Boots init: reads the settings, drops privileges, arranges to receive orphans, then supervises. Resolves with the exit code. */
export async function enterInit(
  app: string,
  signals: SignalQueue,
  entryFile: string,
  early: EarlyStart,
): Promise<number> {
  keepYoungGenerationSmall();
  if ((isatty(1) || isatty(2)) && addonProblem() === undefined) native().writeFromBackground();
  const read = readSettings(process.env, app);
  if ("problems" in read) return refuse(read.problems);
  const { warnings } = read;
  const { logLevel: level, logFormat: format } = read.settings;
  const log = createLogger({ level, format }, { role: "init" });
  for (const warning of warnings) log.warn(warning);
  surviveFaults(log);
  const settings = doWithoutAddon(withTokenOfFile(read.settings), log);
  // Before the change of user: the new user may not be able to read these files, and they are still the ones that this process
  // runs.
  const ownFiles = new OwnFiles(entryFile, log);
  const folder = startFolder(app, process.env);
  // Before the change of user, because only root can bind a low port. Connections are accepted after it.
  const http = settings.http === undefined ? undefined : await listen(settings.http, settings.httpHosts ?? [], log);
  if (settings.user !== undefined) changeUser(settings.user, log);
  for (const name of removeDangerousEnvironment())
    log.warn({ variable: name }, "removed a variable from the environment");
  requireOwnFiles(entryFile);
  process.title = "forker init";
  log.info(bootFacts(settings), "starting forker");
  const supervised = receiveOrphans(settings, log);
  if (!early.hasThreads)
    log.warn(
      "could not start threads (pids.max, or RLIMIT_NPROC): forker status does not show the memory of processes",
    );
  return await runInit({
    settings: supervised,
    signals,
    log,
    ownFiles,
    startFolder: folder,
    version: packageVersion(),
    http,
    hasThreads: early.hasThreads,
    early: early.process,
    pidsWatcher: early.pidsWatcher,
  });
}

/** init starts every child with this Node and this file, as its current user. */
function requireOwnFiles(entryFile: string): void {
  const closed = findClosedPath(process.execPath, "execute") ?? findClosedPath(entryFile);
  if (closed === undefined) return;
  const advice = `allow it (${closed.remedy}), install Node and forker elsewhere, or set FORKER_USER to a user who has access`;
  throw new ForkerError(
    "system",
    "ERR_FORKER_CLOSED",
    `forker cannot start its processes: ${closed.problem}; ${advice}`,
  );
}

async function listen(address: HttpAddress, hosts: readonly string[], log: Logger): Promise<HttpServer> {
  const throttled = new ThrottledWarnings(log);
  const failed = (err: unknown) => throttled.error({ err }, "caught an error in the health server");
  const refused = (host: string) =>
    throttled.warn({ host }, "refused an HTTP request for a host that FORKER_HTTP_HOSTS does not allow");
  return await HttpServer.listen(address, { connections: descriptorShares().http, hosts, failed, refused });
}

/**
 * Without the addon, only plain Node is available: workers are spawned, and libuv reaps only the children that it started. An
 * image that was built for another platform still runs its jobs, and logs a warning.
 */
function doWithoutAddon(settings: Settings, log: Logger): Settings {
  const problem = addonProblem();
  if (problem === undefined) return settings;
  const advice = "build it with npx forker-build-addon, or install bullmq-forker on the platform where it runs";
  if (settings.engine === "fork") {
    const message = `FORKER_ENGINE=fork: ${problem}; ${advice}`;
    throw new ForkerError("system", "ERR_FORKER_ADDON", message);
  }
  const losses = "workers are spawned, orphans stay zombies, and of the subcommands only status --check works";
  log.warn({ cause: problem }, `running without the addon: ${losses}; ${advice}`);
  return { ...settings, engine: "spawn", spawnReason: problem };
}

/** Logs errors in init and continues, because the end of PID 1 ends every job in the container. */
function surviveFaults(log: Logger): void {
  // Node writes warnings to standard error, and waits for its reader.
  process.removeAllListeners("warning");
  process.on("warning", (err) => log.warn({ err }, "Node emitted a warning"));
  process.on("uncaughtException", (err) => log.error({ err }, "caught an error in init"));
  process.on("unhandledRejection", (err) => log.error({ err }, "caught an error in init"));
}

function refuse(problems: readonly ForkerError[]): number {
  for (const problem of problems) say.problem(problem.message);
  return problems[0]?.exitCode ?? 1;
}

/**
 * PID 1 receives every orphan; any other init must ask the kernel (prctl(2), PR_SET_CHILD_SUBREAPER). If the kernel refuses, forked
 * workers would not become init's children, and init could not learn how they end: workers are spawned instead.
 */
function receiveOrphans(settings: Settings, log: Logger): Settings {
  if (process.pid === 1 || addonProblem() !== undefined) return settings;
  try {
    native().becomeSubreaper();
    return settings;
  } catch (cause) {
    const { message } = cause as Error;
    log.warn({ cause: message }, "could not become a subreaper: orphans go to the outer init, and workers are spawned");
    return { ...settings, engine: "spawn", spawnReason: message };
  }
}
