import { readdirSync, readFileSync } from "node:fs";
import type { Finding } from "./finding.ts";
import { originsOfKind, trackedProcesses } from "./origins.ts";
import { adviceOn, advise } from "./safety-advice.ts";

/** Finds watchers, which also report in the template, and child processes, which only the template can wait for. */
export function findWork(): Finding[] {
  return [...watchers(), ...childProcesses()];
}

function watchers(): Finding[] {
  const count = process.getActiveResourcesInfo().filter((kind) => ["FSEventWrap", "StatWatcher"].includes(kind)).length;
  if (count === 0) return [];
  const origin = [...new Set([...originsOfKind("FSEVENTWRAP"), ...originsOfKind("STATWATCHER")])].join("");
  const problem = "the template and every worker would have their own copy";
  const { definition, adopted } = advise({ problem, inSetup: "close it", inWorkers: "start it" });
  const advice = { definition: `${definition}, in one worker if it must run once`, adopted };
  const what = `${count} file watcher${count === 1 ? "" : "s"}${origin}`;
  return [{ kind: "watcher", what, severity: "warn", advice: adviceOn(origin, advice) }];
}

function childProcesses(): Finding[] {
  const tracked = trackedProcesses();
  return childPids().map((pid) => {
    const origin = tracked.find((one) => String(one.process.pid) === pid)?.origin ?? "";
    return {
      kind: "process",
      what: `a child process (${pid} ${readOrEmpty(`/proc/${pid}/comm`).trim()})${origin}`,
      severity: "warn",
      advice: adviceOn(
        origin,
        advise({ problem: "workers can neither communicate with it nor wait for it", inWorkers: "start it" }),
      ),
    };
  });
}

/** The kernel lists children by the thread that created them, and only if it has CONFIG_PROC_CHILDREN. */
function childPids(): string[] {
  return readdirSync("/proc/self/task").flatMap((tid) =>
    readOrEmpty(`/proc/self/task/${tid}/children`).split(" ").filter(Boolean),
  );
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
