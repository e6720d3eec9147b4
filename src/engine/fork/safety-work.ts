import { readdirSync, readFileSync } from "node:fs";
import type { Finding } from "./safety.ts";

/** What goes on in every child as it does in the template: timers, watchers; and children, which only the template can wait for. */
export function findWork(): Finding[] {
  const resources = process.getActiveResourcesInfo();
  const count = (...kinds: string[]) => resources.filter((kind) => kinds.includes(kind)).length;
  const timers = count("Timeout");
  const watchers = count("FSEventWrap", "StatWatcher");
  const findings: Finding[] = [];
  if (timers > 0) findings.push(repeated("timer", `${timers} active timer${timers === 1 ? "" : "s"}`));
  if (watchers > 0) findings.push(repeated("watcher", `${watchers} file watcher${watchers === 1 ? "" : "s"}`));
  return [...findings, ...childProcesses()];
}

function repeated(kind: "timer" | "watcher", what: string): Finding {
  const advice =
    "every worker would have its own copy: start what one process shall do in beforeFirstFork(), or clear it in setup()";
  return { kind, what, severity: "warn", advice };
}

function childProcesses(): Finding[] {
  return childPids().map((pid) => ({
    kind: "process",
    what: `a child process (${pid} ${readOrEmpty(`/proc/${pid}/comm`).trim()})`,
    severity: "warn",
    advice: "workers can neither talk to it nor wait for it: start it in beforeFirstFork()",
  }));
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
