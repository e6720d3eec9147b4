import { constants } from "node:os";
import { native } from "../../native/binding.ts";
import { setListenersAside } from "../../signals/own-listeners.ts";
import { continueCpuTime } from "./cpu-time.ts";
import { renewEntropy } from "./entropy.ts";
import { giveLoggersOwnPid } from "./inherited-loggers.ts";
import { wrapBuiltIn } from "./wrap-built-in.ts";

/**
 * Gives a forked child its own identity. Call it first, while signals are still blocked. Then install the listeners of its role,
 * and call native().unblockSignals().
 */
export function becomeForkedChild(options: { readonly title: string }): void {
  renewEntropy();
  const templatePid = process.pid;
  const pid = native().currentPid();
  // Node reads process.pid once at boot, unlike process.ppid.
  Object.defineProperty(process, "pid", { value: pid, enumerable: true, configurable: true });
  giveLoggersOwnPid(templatePid, pid);
  restartUptime();
  continueCpuTime();
  dropSignalListeners();
  process.title = options.title;
}

/**
 * Leaves performance.now() and timeOrigin unchanged: their sum is the time of day, and performance.mark and Node's own timings
 * count from the same origin, which only Node can move.
 */
export function restartUptime(): void {
  const forkedAtSeconds = process.uptime();
  wrapBuiltIn(process, "uptime", (args, proceed) => (proceed(args) as number) - forkedAtSeconds);
}

export function dropSignalListeners(): void {
  for (const name of process.eventNames()) {
    if (typeof name === "string" && Object.hasOwn(constants.signals, name)) setListenersAside(name as NodeJS.Signals);
  }
}
