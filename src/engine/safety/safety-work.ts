import { readdirSync, readFileSync } from "node:fs";
import type { Finding } from "./finding.ts";
import { originsOfKind, trackedProcesses } from "./origins.ts";
import { adviceFor } from "./safety-advice.ts";

/** Finds timers and watchers, which continue in every forked child, and child processes, which only the template can wait for. */
export function findWork(): Finding[] {
  const resources = process.getActiveResourcesInfo();
  const count = (...kinds: string[]) => resources.filter((kind) => kinds.includes(kind)).length;
  const timers = count("Timeout");
  const watchers = count("FSEventWrap", "StatWatcher");
  return [
    ...repeated("timer", `${timers} active timer${timers === 1 ? "" : "s"}`, timers, originsOfKind("Timeout")),
    ...repeated("watcher", `${watchers} file watcher${watchers === 1 ? "" : "s"}`, watchers, [
      ...originsOfKind("FSEVENTWRAP"),
      ...originsOfKind("STATWATCHER"),
    ]),
    ...childProcesses(),
  ];
}

function repeated(kind: "timer" | "watcher", what: string, count: number, origins: readonly string[]): Finding[] {
  if (count === 0) return [];
  const origin = [...new Set(origins)].join("");
  const advice =
    "every worker would have its own copy: clear it in setup(), or start it in afterFork(), in one worker if it must run once";
  return [{ kind, what: `${what}${origin}`, severity: "warn", advice: adviceFor(origin, advice) }];
}

function childProcesses(): Finding[] {
  const tracked = trackedProcesses();
  return childPids().map((pid) => {
    const origin = tracked.find((one) => String(one.process.pid) === pid)?.origin ?? "";
    return {
      kind: "process",
      what: `a child process (${pid} ${readOrEmpty(`/proc/${pid}/comm`).trim()})${origin}`,
      severity: "warn",
      advice: adviceFor(origin, "workers can neither communicate with it nor wait for it: start it in afterFork()"),
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
