import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { setTimeout } from "node:timers/promises";
import { native } from "../../native/binding.ts";
import { isNativeError } from "../../native/process.ts";
import { trackedProcesses } from "../safety/origins.ts";
import { livingThreads } from "./thread-records.ts";

const mainFile = /\/esbuild\/lib\/main\.js$/;
const endTimeoutMs = 2_000;
const pauseMs = 2;

/**
 * esbuild, with which tsx compiles, keeps a process with two pipes, and for its synchronous functions a thread. It starts both
 * again when it is next used, so they may end before a fork: in the template, and in a worker that imports another file.
 */
export async function stopCompilers(): Promise<void> {
  const { cache } = createRequire(import.meta.url);
  const compilers = Object.entries(cache).filter(([file]) => mainFile.test(file));
  if (compilers.length === 0) return;
  for (const [, module] of compilers) (module?.exports as { stop?: () => unknown } | undefined)?.stop?.();
  const deadline = performance.now() + endTimeoutMs;
  while (isRunning() && performance.now() < deadline) await setTimeout(pauseMs);
}

function isRunning(): boolean {
  if (livingThreads().some(({ file }) => mainFile.test(file))) return true;
  const ofNode = new Set(trackedProcesses().map(({ process: { pid } }) => pid));
  return compilerPids().some((pid) => ofNode.has(pid) || !hasBeenReaped(pid));
}

/** Nobody waits for a process whose thread has ended. */
function hasBeenReaped(pid: number): boolean {
  try {
    return native().reap(pid) !== undefined;
  } catch (cause) {
    if (isNativeError(cause)) return true;
    throw cause;
  }
}

function compilerPids(): number[] {
  return readdirSync("/proc/self/task")
    .flatMap((tid) => readOrEmpty(`/proc/self/task/${tid}/children`).split(" ").filter(Boolean))
    .filter((pid) => readOrEmpty(`/proc/${pid}/comm`).trim() === "esbuild")
    .map(Number);
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
