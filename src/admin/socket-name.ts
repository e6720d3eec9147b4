import { readFileSync, readlinkSync } from "node:fs";

/**
 * Abstract sockets belong to the network namespace, which the containers of a pod share: so the name carries the PID
 * namespace's inode and init's pid in it, because outside of containers several forkers may share a namespace.
 */
export function controlSocketName(pid: number): string {
  return `bullmq-forker/${pidNamespace()}/${pid}`;
}

/** The pids of the forkers that run in this PID namespace, found by their sockets, without any file. */
export function runningForkers(): number[] {
  const prefix = `@bullmq-forker/${pidNamespace()}/`;
  const names = readFileSync("/proc/net/unix", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/).at(-1) ?? "")
    .filter((name) => name.startsWith(prefix))
    .map((name) => Number(name.slice(prefix.length)));
  return [...new Set(names)].filter((pid) => Number.isInteger(pid) && pid > 0).sort((a, b) => a - b);
}

/** `pid:[4026531836]` */
function pidNamespace(): string {
  return /\[(\d+)\]/.exec(readlinkSync("/proc/self/ns/pid"))?.[1] ?? "0";
}
