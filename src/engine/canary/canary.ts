import net from "node:net";
import { setTimeout } from "node:timers/promises";
import { withTimeout } from "../../clock/abort-deadline.ts";
import { native } from "../../native/binding.ts";
import type { NativeExit } from "../../native/process.ts";
import { awaitQuietTurn } from "../fork/quiet.ts";
import { beCanary, canaryExitCode } from "./canary-trials.ts";

const pollMs = 1;

export interface CanaryOptions {
  readonly deadlineMs: number;
  /** See ForkOptions. */
  readonly kept?: readonly number[];
  /** Called first in the canary: drops what belongs to the template alone, such as its channel. */
  readonly abandon?: () => void;
}

/**
 * Forks one child that tries what a broken fork hangs or crashes in. The child must exit with `canaryExitCode` before the
 * deadline. Unlike a worker it is a child of this process, not of init: its exit status is part of the proof, and only a parent
 * can wait for it.
 */
export async function runCanary(options: CanaryOptions): Promise<{ readonly ms: number }> {
  await awaitQuietTurn({ deadlineMs: options.deadlineMs });
  const started = performance.now();
  const outcome = native().forkChild(options.kept ?? []);
  if ("index" in outcome) return await beCanary(outcome.fd, options.abandon);
  const { progress, exit } = await watch(outcome.childPid, outcome.fd, started + options.deadlineMs);
  const failure = failureOf(progress, exit);
  if (failure !== undefined) throw new Error(failure);
  return { ms: performance.now() - started };
}

/**
 * Returns the child's exit status and the last line of its progress. Kills the child at the deadline. The child's end closes the
 * pipe, so this process leaves the processor to the child until then.
 */
async function watch(
  pid: number,
  fd: number,
  deadline: number,
): Promise<{ progress: string; exit: NativeExit | null }> {
  const pipe = new net.Socket({ fd, readable: true, writable: false });
  const closed = new Promise((resolve) => pipe.once("close", resolve));
  let said = "";
  pipe.setEncoding("utf8").on("data", (text) => {
    said += String(text);
  });
  pipe.on("error", () => undefined);
  try {
    await withTimeout(Math.max(0, deadline - performance.now()), closed);
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
  if (exit === null) return "its exit status is lost: other code waited for it";
  if ("exitCode" in exit && exit.exitCode === canaryExitCode) return undefined;
  const how = "signal" in exit ? `signal ${exit.signal}` : `exit code ${exit.exitCode}`;
  return `${how} during "${progress || "startup"}"`;
}
