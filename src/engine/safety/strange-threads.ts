import { readdirSync, readFileSync } from "node:fs";
import { native } from "../../native/binding.ts";

/** The kernel cuts names at 15 characters. Node 26 adds `node-`. */
const nodes = /^(node-)?(V8Worker|DelayedTaskSche|SignalInspector)$/;
const libuvs = /^libuv-worker$/;

/**
 * Threads that are not Node's or libuv's: the names of those that have one, and the number of the others, which includes Node's
 * short-lived threads.
 */
export function strangeThreads(): { named: string[]; unnamed: number } {
  const { mainName, names } = readThreads();
  const strange = names.filter((name) => !nodes.test(name) && !libuvs.test(name));
  const inPool = names.filter((name) => libuvs.test(name)).length;
  const named = strange.filter((name) => name !== "node" && name !== mainName);
  const unnamed = strange.length - named.length;
  // A thread inherits the name of the thread that starts it, and native modules such as DuckDB start theirs from libuv's threads.
  const inDisguise = Math.max(0, inPool - poolSize());
  return { named, unnamed: inDisguise + (unnamed === 0 ? 0 : Math.max(0, unnamed - unnamedOfNode(names))) };
}

function readThreads(): { mainName: string; names: string[] } {
  const names: string[] = [];
  let mainName = "";
  for (const tid of readdirSync("/proc/self/task")) {
    const name = nameOf(tid);
    if (name === undefined) continue;
    if (Number(tid) === process.pid) mainName = name;
    else names.push(name);
  }
  return { mainName, names };
}

/** undefined: the thread has ended. */
function nameOf(tid: string): string | undefined {
  try {
    return readFileSync(`/proc/self/task/${tid}/comm`, "utf8").trimEnd();
  } catch {
    return undefined;
  }
}

/**
 * In older Nodes some of Node's own threads keep the main thread's name and can only be counted: in Node 22 all but one (in 22.18
 * all), in early releases of Node 24 the thread for delayed tasks.
 */
function unnamedOfNode(names: readonly string[]): number {
  const layout = native().inspectLayout();
  const flags = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" ");
  const signalThreads = flags.includes("--disable-sigusr1") ? 0 : 1;
  const ofNode = (layout.supported ? layout.threads : 0) + signalThreads;
  return Math.max(0, ofNode - names.filter((name) => nodes.test(name)).length);
}

/** Reads the size as libuv does (threadpool.c: init_threads). libuv starts all of its threads at its first job. */
function poolSize(): number {
  const given = process.env["UV_THREADPOOL_SIZE"];
  if (given === undefined) return 4;
  return Math.min(1024, Math.max(1, Math.trunc(Number.parseInt(given, 10)) || 1));
}
