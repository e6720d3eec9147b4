import { readFile } from "node:fs/promises";
import type { Logger } from "../log/logger.ts";
import { addonProblem, native } from "../native/binding.ts";

/** A read that the kernel does not answer holds up one of them. */
const threads = 2;

/**
 * libuv starts its threads at the first use, all at once, and ends the process if the system refuses one. At the pids limit
 * that would be the first `forker status`, and the end of PID 1: so init starts them at boot, while there is room, and as
 * many as it needs itself (the variable is the application's). false: there is none even now, and whatever needs them must
 * be left alone.
 */
export async function startOwnThreads(log: Logger): Promise<boolean> {
  if (addonProblem() === undefined && native().threadHeadroom(threads) < threads) {
    log.warn("no room for threads (pids.max, or RLIMIT_NPROC): forker status will not tell the memory of processes");
    return false;
  }
  const { UV_THREADPOOL_SIZE: applications } = process.env;
  process.env["UV_THREADPOOL_SIZE"] = String(threads);
  try {
    await readFile("/proc/self/stat");
  } catch (cause) {
    log.debug({ cause: (cause as Error).message }, "could not read /proc/self/stat");
  } finally {
    if (applications === undefined) delete process.env["UV_THREADPOOL_SIZE"];
    else process.env["UV_THREADPOOL_SIZE"] = applications;
  }
  return true;
}
