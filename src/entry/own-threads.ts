import { stat } from "node:fs";
import { addonProblem, native } from "../native/binding.ts";

/** Two, because a read that the kernel does not answer blocks one of them. */
const threads = 2;

/**
 * Starts libuv's threads at boot, while the limits still allow it, and only as many as init needs (UV_THREADPOOL_SIZE is meant
 * for the application). libuv would start all of them at the first use, and abort if the system refuses one: at the pids limit,
 * the first `forker status` would end PID 1. false: they cannot be started even now, and init must not use them.
 */
export function startOwnThreads(): boolean {
  if (addonProblem() === undefined && native().threadHeadroom(threads) < threads) return false;
  const { UV_THREADPOOL_SIZE: applications } = process.env;
  process.env["UV_THREADPOOL_SIZE"] = String(threads);
  try {
    // libuv starts the threads before this call returns.
    stat("/proc/self", () => undefined);
  } finally {
    if (applications === undefined) delete process.env["UV_THREADPOOL_SIZE"];
    else process.env["UV_THREADPOOL_SIZE"] = applications;
  }
  return true;
}
