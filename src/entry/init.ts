import { readSettings } from "../config/read-settings.ts";
import type { Settings } from "../config/settings.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { bootFacts, runInit } from "../init/run-init.ts";
import { createLogger, type Logger } from "../log/logger.ts";
import { addonFile, native } from "../native/binding.ts";
import { changeUser } from "../privileges/change-user.ts";
import { removeDangerousEnvironment } from "../privileges/dangerous-environment.ts";
import type { SignalQueue } from "../signals/signal-queue.ts";
import { shedNodeOptions } from "./own-environment.ts";
import { say } from "./say.ts";

/** PID 1's beginning: settings, privileges, orphans; then it supervises. */
export async function enterInit(app: string, signals: SignalQueue, entryFile: string): Promise<number> {
  shedNodeOptions(entryFile, say.problem);
  const read = readSettings(process.env, app);
  if ("problems" in read) return refuse(read.problems);
  const { settings, warnings } = read;
  const log = createLogger({ level: settings.logLevel, format: settings.logFormat }, { role: "init" });
  for (const warning of warnings) log.warn(warning);
  surviveFaults(log);
  requireAddon();
  if (settings.user !== undefined) changeUser(settings.user, log);
  for (const name of removeDangerousEnvironment()) log.warn(`${name} was removed from the environment`);
  process.title = "forker init";
  log.info(bootFacts(settings), "forker boots");
  return await runInit({ settings: adoptOrphans(settings, log), signals, log, entryFile });
}

/** Without it nobody would be reaped, and no child could prove who it is. */
function requireAddon(): void {
  try {
    native();
  } catch (cause) {
    const advice = "install bullmq-forker on the platform that it runs on";
    const message = `${addonFile}: expected it beside the entrypoint, got: ${(cause as Error).message.split("\n")[0]}; ${advice}`;
    throw new ForkerError("system", "ERR_FORKER_ADDON", message, { cause });
  }
}

/** Whatever we got wrong: PID 1's end is the end of every job in the container, so it is logged, and init goes on. */
function surviveFaults(log: Logger): void {
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
  if (process.pid === 1) return settings;
  try {
    native().becomeSubreaper();
    return settings;
  } catch (cause) {
    log.warn(`orphans stay with the outer init, and workers are spawned: ${(cause as Error).message}`);
    return { ...settings, engine: "spawn" };
  }
}
