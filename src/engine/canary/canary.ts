import net from "node:net";
import { setTimeout } from "node:timers/promises";
import { abortAfter, whenAborted } from "../../clock/abort-deadline.ts";
import { formatDuration } from "../../config/duration.ts";
import { native } from "../../native/binding.ts";
import type { NativeExit } from "../../native/process.ts";
import { awaitQuietTurn } from "../fork/quiet.ts";
import { beCanary, canaryExitCode } from "./canary-trials.ts";
import { processorShareOf } from "./processor-share.ts";

const pollMs = 1;

/** How long a killed canary may take to be gone. */
const endTimeMs = 10_000;
/** A canary that waits for a processor for this share of its time is slow because of the machine. */
const starvedFrom = 0.5;
/** A canary needs a tenth of a second of processor time. One that has had this much runs in a circle. */
const enoughMs = 3_000;

export interface CanaryOptions {
  readonly deadlineMs: number;
  /** The deadline of a canary that the machine does not let run. Default: the same. */
  readonly starvedDeadlineMs?: number;
  /** Called each `deadlineMs` in which the machine has not let it run. */
  readonly starved?: (why: string) => void;
  /** Default: what the kernel's scheduler says. */
  readonly shareOf?: typeof processorShareOf;
  /** See ForkOptions. */
  readonly kept?: readonly number[];
  /** Called first in the canary: drops what belongs to the template alone, such as its channel. */
  readonly abandon?: () => void;
}

/** The canary proves nothing: the machine has not let it run. */
export class StarvedCanaryError extends Error {}

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
  const { progress, exit, late } = await watch(outcome.childPid, outcome.fd, options);
  const failure = failureOf(progress, exit);
  if (failure === undefined) return { ms: performance.now() - started };
  if (late === undefined) throw new Error(failure);
  const message = `it did not end within ${formatDuration(late.afterMs)}, during "${progress || "startup"}"${late.why}`;
  throw late.isStarved ? new StarvedCanaryError(message) : new Error(message);
}

interface Watched {
  /** The last line of its progress. */
  readonly progress: string;
  readonly exit: NativeExit | null;
  readonly late: Late | undefined;
}

/** Kills the child at its deadline. */
async function watch(pid: number, fd: number, options: CanaryOptions): Promise<Watched> {
  const pipe = new net.Socket({ fd, readable: true, writable: false });
  // The child's end closes the pipe, so this process leaves the processor to the child until then.
  const closed = new Promise<"closed">((resolve) => pipe.once("close", () => resolve("closed")));
  let said = "";
  pipe.setEncoding("utf8").on("data", (text) => {
    said += String(text);
  });
  pipe.on("error", () => undefined);
  try {
    const late = await lateness(pid, closed, options);
    if (late !== undefined) process.kill(pid, "SIGKILL");
    const exit = await reaped(pid);
    return { progress: said.trimEnd().split("\n").at(-1) ?? "", exit, late };
  } finally {
    pipe.destroy();
  }
}

interface Late {
  readonly afterMs: number;
  readonly isStarved: boolean;
  readonly why: string;
}

/** undefined: it has ended in time. */
async function lateness(pid: number, closed: Promise<"closed">, options: CanaryOptions): Promise<Late | undefined> {
  const { deadlineMs, starvedDeadlineMs = deadlineMs, starved, shareOf = processorShareOf } = options;
  for (let afterMs = deadlineMs; ; afterMs += deadlineMs) {
    const timer = abortAfter(deadlineMs);
    const first = await Promise.race([closed, whenAborted(timer.signal)]);
    timer.abort();
    if (first === "closed") return undefined;
    const { ranMs, waitedMs } = shareOf(pid) ?? { ranMs: 0, waitedMs: 0 };
    const isStarved = waitedMs >= starvedFrom * afterMs && ranMs < enoughMs;
    const why = isStarved
      ? `: it waited for a processor for ${Math.round((100 * waitedMs) / afterMs)} % of that time`
      : "";
    if (!isStarved || afterMs >= starvedDeadlineMs) return { afterMs, isStarved, why };
    starved?.(`it has not ended within ${formatDuration(afterMs)}${why}`);
  }
}

async function reaped(pid: number): Promise<NativeExit | null> {
  const deadline = performance.now() + endTimeMs;
  for (;;) {
    const exit = native().reap(pid);
    if (exit !== undefined) return exit;
    if (performance.now() > deadline) process.kill(pid, "SIGKILL");
    await setTimeout(pollMs);
  }
}

function failureOf(progress: string, exit: NativeExit | null): string | undefined {
  if (exit === null) return "its exit status is lost: other code waited for it";
  if ("exitCode" in exit && exit.exitCode === canaryExitCode) return undefined;
  const how = "signal" in exit ? `signal ${exit.signal}` : `exit code ${exit.exitCode}`;
  return `${how} during "${progress || "startup"}"`;
}
