import { readdirSync, readFileSync } from "node:fs";
import { native } from "../../native/binding.ts";

/** Cut at 15 characters by the kernel. Node 26 adds `node-`. */
const nodes = /^(node-)?(V8Worker|DelayedTaskSche|SignalInspector)$/;
const libuvs = /^libuv-worker$/;

/** Beside Node's own: those with a name, and the number of those with none, which Node's one-off threads are among. */
export function strangeThreads(): { named: string[]; unnamed: number } {
  const { mainName, names } = readThreads();
  const strange = names.filter((name) => !nodes.test(name) && !libuvs.test(name));
  const inPool = names.filter((name) => libuvs.test(name)).length;
  const named = strange.filter((name) => name !== "node" && name !== mainName);
  const unnamed = strange.length - named.length;
  // A thread begins with the name of the one that started it, and native modules start theirs on libuv's (DuckDB does).
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

/** undefined: it has ended. */
function nameOf(tid: string): string | undefined {
  try {
    return readFileSync(`/proc/self/task/${tid}/comm`, "utf8").trimEnd();
  } catch {
    return undefined;
  }
}

/**
 * Older Nodes leave some threads of their own the main thread's name, and these can only be counted: Node 22 all but one of
 * them (22.18 every one), early releases of Node 24 the one of delayed tasks.
 */
function unnamedOfNode(names: readonly string[]): number {
  const layout = native().inspectLayout();
  const flags = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" ");
  const signalThreads = flags.includes("--disable-sigusr1") ? 0 : 1;
  const ofNode = (layout.supported ? layout.threads : 0) + signalThreads;
  return Math.max(0, ofNode - names.filter((name) => nodes.test(name)).length);
}

/** As libuv reads it (threadpool.c: init_threads), which starts all of them at its first job. */
function poolSize(): number {
  const given = process.env["UV_THREADPOOL_SIZE"];
  if (given === undefined) return 4;
  return Math.min(1024, Math.max(1, Math.trunc(Number.parseInt(given, 10)) || 1));
}
