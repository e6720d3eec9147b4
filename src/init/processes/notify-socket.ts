import type { LeveledLog } from "../../log/leveled-log.ts";
import { addonProblem, native } from "../../native/binding.ts";

export interface NotifySocket {
  /** Sends a datagram without waiting. Returns 0, or an errno. */
  readonly send: (text: string) => number;
  /** How soon the service manager must hear from init. undefined: it does not watch. */
  readonly watchdogMs: number | undefined;
}

/** The variables of sd_notify(3) and sd_watchdog_enabled(3). They are meant for the main process alone. */
export const notifyVariables = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] as const;

/** undefined: no service manager listens, or init cannot reach it. */
export function notifySocketOf(env: NodeJS.ProcessEnv, log: LeveledLog): NotifySocket | undefined {
  const { NOTIFY_SOCKET: name = "", WATCHDOG_USEC: watchdogUs, WATCHDOG_PID: watched } = env;
  if (name === "") return undefined;
  const problem = /^[/@]/.test(name) ? addonProblem() : "expected a path, or @ and an abstract name";
  if (problem !== undefined) {
    log.warn({ notifySocket: name, cause: problem }, "cannot notify the service manager");
    return undefined;
  }
  const isWatched = watched === undefined || watched === "" || watched === String(process.pid);
  return {
    send: (text) => native().notify(name, text),
    watchdogMs: isWatched ? watchdogMsOf(watchdogUs, log) : undefined,
  };
}

/** What is not a number would leave a service without the supervision that its unit asks for. */
function watchdogMsOf(text: string | undefined, log: LeveledLog): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^[1-9][0-9]*$/.test(text)) return Number(text) / 1_000;
  const cause = "expected a number of microseconds, as systemd sets it for WatchdogSec";
  log.warn({ watchdogUsec: text, cause }, "ignored WATCHDOG_USEC: init sends no sign of life to the service manager");
  return undefined;
}
