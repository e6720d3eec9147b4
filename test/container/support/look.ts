import assert from "node:assert/strict";
import type { Status } from "../../../src/protocol/status.ts";
import type { Container, ContainerProcess } from "./container.ts";
import { until } from "./until.ts";

export function workersOf(status: Status): number[] {
  return status.slots.flatMap((slot) => slot.workers.map((worker) => worker.pid));
}

/** Whether a reload is complete: none of the previous workers is left. */
export function isReplaced(before: Status, now: Status): boolean {
  const old = new Set(workersOf(before));
  return now.templates.length === 1 && workersOf(now).every((pid) => !old.has(pid));
}

/** The messages of a JSON log's error lines, and lines that are not JSON unchanged. */
function errorsIn(log: string): string[] {
  const lines = log.split("\n").filter((line) => line !== "");
  return lines.flatMap((line) => {
    if (!line.startsWith("{")) return [line];
    const { level, msg } = JSON.parse(line) as { level: number; msg: string };
    return level >= 50 ? [msg] : [];
  });
}

/** A user's mistake is one line that names it, followed by the summary line, without a stack. */
export function assertOneMistake(log: string, mistake: RegExp): void {
  const [line, ...others] = errorsIn(log);
  assert.match(line ?? "", mistake);
  assert.deepEqual(
    others.filter((other) => other !== "init exits"),
    [],
  );
}

/** The ports from 9229 on, which Node's inspector would use, that some process in the container listens on. */
export async function inspectorPorts(container: Container): Promise<number[]> {
  const { stdout } = await container.exec(["cat", "/proc/net/tcp", "/proc/net/tcp6"]);
  return stdout
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A")
    .map((fields) => Number.parseInt(fields[1]?.split(":")[1] ?? "", 16))
    .filter((port) => port >= 9229 && port < 9249);
}

/** Resolves when no process of the container matches. */
export async function untilNoProcess(container: Container, such: (one: ContainerProcess) => boolean): Promise<void> {
  await until(
    15_000,
    "no such process is left",
    async () => (await container.processes()).filter(such),
    (left) => left.length === 0,
  );
}
