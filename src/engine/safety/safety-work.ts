import { readdirSync, readFileSync } from "node:fs";
import type { Finding } from "./finding.ts";
import { originsOfKind, trackedProcesses } from "./origins.ts";
import { adviceFor } from "./safety-advice.ts";

/** What goes on in every child as it does in the template: timers, watchers; and children, which only the template can wait for. */
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
    "every worker would have its own copy: start what one process shall do in afterFork(), or clear it in setup()";
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
      advice: adviceFor(origin, "workers can neither talk to it nor wait for it: start it in afterFork()"),
    };
  });
}

/** The kernel lists them by the thread that made them; not at all without CONFIG_PROC_CHILDREN. */
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
