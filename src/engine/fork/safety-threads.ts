import { readdirSync, readFileSync } from "node:fs";
import { native } from "../../native/binding.ts";
import type { Finding } from "./safety.ts";

/** Node's own and libuv's, cut at 15 characters by the kernel. Node 26 adds `node-`. */
const ours = /^(node-)?(V8Worker|DelayedTaskSche|SignalInspector|libuv-worker)$/;

/** Threads that a fork does not copy, and that nobody starts again on the other side. */
export function findThreads(): Finding[] {
  const { named, unnamed } = strangeThreads();
  return [...named, ...Array.from({ length: unnamed }, () => "")].map(asFinding);
}

/** Beside Node's own: those with a name, and the number of those with none, which Node's one-off threads are among. */
export function strangeThreads(): { named: string[]; unnamed: number } {
  const { mainName, names } = readThreads();
  const strange = names.filter((name) => !ours.test(name));
  const named = strange.filter((name) => name !== "node" && name !== mainName);
  return { named, unnamed: Math.max(0, strange.length - named.length - unnamedOfNode(names)) };
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

/** Node 22 leaves its threads the main thread's name: they can only be counted. */
function unnamedOfNode(names: readonly string[]): number {
  if (names.some((name) => name.endsWith("V8Worker"))) return 0;
  const layout = native().inspectLayout();
  const workers = layout.supported ? layout.threads - 1 : 0;
  const flags = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].join(" ");
  return workers + (flags.includes("--disable-sigusr1") ? 0 : 1);
}

function asFinding(name: string): Finding {
  const isWorker = name === "" || name === "WorkerThread";
  return {
    kind: "thread",
    what: isWorker ? "a worker thread (a pino transport, a loader's hooks, a pool)" : `a thread named "${name}"`,
    severity: "refuse",
    advice: "a fork does not copy it: start it in beforeFirstFork()",
  };
}
