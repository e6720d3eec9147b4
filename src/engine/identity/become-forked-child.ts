import { constants } from "node:os";
import { native } from "../../native/binding.ts";
import { continueCpuTime } from "./cpu-time.ts";
import { renewEntropy } from "./entropy.ts";
import { giveLoggersOwnPid } from "./inherited-loggers.ts";
import { wrapBuiltIn } from "./wrap-built-in.ts";

/**
 * What a forked child does first, while its signals are still blocked: becomes a process of its own. The listeners of its
 * role come next, and then native().unblockSignals().
 */
export function becomeForkedChild(options: { readonly title: string }): void {
  renewEntropy();
  const templatePid = process.pid;
  const pid = native().currentPid();
  // Fixed at boot, unlike process.ppid.
  Object.defineProperty(process, "pid", { value: pid, enumerable: true, configurable: true });
  giveLoggersOwnPid(templatePid, pid);
  restartUptime();
  continueCpuTime();
  dropSignalListeners();
  process.title = options.title;
}

/**
 * performance.now() and timeOrigin are left alone: their sum is the time of day, and the entries of performance.mark and
 * of Node's own timings count from the same origin, which only Node itself could move.
 */
function restartUptime(): void {
  const forkedAtSeconds = process.uptime();
  wrapBuiltIn(process, "uptime", (args, proceed) => (proceed(args) as number) - forkedAtSeconds);
}

function dropSignalListeners(): void {
  for (const name of process.eventNames()) {
    if (typeof name === "string" && Object.hasOwn(constants.signals, name)) process.removeAllListeners(name);
  }
}
