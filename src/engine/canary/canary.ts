import net from "node:net";
import { setImmediate, setTimeout } from "node:timers/promises";
import { native } from "../../native/binding.ts";
import type { NativeExit } from "../../native/process.ts";
import { beCanary, canaryExitCode } from "./canary-trials.ts";

const pollMs = 1;

export interface CanaryOptions {
  readonly deadlineMs: number;
  /** In the canary, before anything else: lets go of what is the template's alone, such as its channel. */
  readonly abandon?: () => void;
}

/**
 * Forks one child that does what forks that went wrong hang in, and has to end with the agreed code in time. It is our own
 * child, not init's as a worker is: its exit status is part of the proof, and only a parent can wait for it.
 */
export async function runCanary(options: CanaryOptions): Promise<{ readonly ms: number }> {
  await setImmediate();
  const started = performance.now();
  const outcome = native().forkChild();
  if ("index" in outcome) return await beCanary(outcome.fd, options.abandon);
  const { progress, exit } = await watch(outcome.childPid, outcome.fd, started + options.deadlineMs);
  const failure = failureOf(progress, exit);
  if (failure !== undefined) throw new Error(failure);
  return { ms: performance.now() - started };
}

/** Its exit status, by force at the deadline, and the last that it said. */
async function watch(
  pid: number,
  fd: number,
  deadline: number,
): Promise<{ progress: string; exit: NativeExit | null }> {
  const pipe = new net.Socket({ fd, readable: true, writable: false });
  let said = "";
  pipe.setEncoding("utf8").on("data", (text) => {
    said += String(text);
  });
  pipe.on("error", () => undefined);
  try {
    for (;;) {
      const exit = native().reap(pid);
      if (exit !== undefined) return { progress: said.trimEnd().split("\n").at(-1) ?? "", exit };
      if (performance.now() > deadline) process.kill(pid, "SIGKILL");
      await setTimeout(pollMs);
    }
  } finally {
    pipe.destroy();
  }
}

function failureOf(progress: string, exit: NativeExit | null): string | undefined {
  if (exit === null) return "somebody else waited for it";
  if ("exitCode" in exit && exit.exitCode === canaryExitCode) return undefined;
  const how = "signal" in exit ? `signal ${exit.signal}` : `exit code ${exit.exitCode}`;
  return `${how}, while at "${progress || "waking up"}"`;
}
