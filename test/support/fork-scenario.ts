import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Line } from "../fixtures/fork/say.ts";
import { deadlineOf } from "./emulation.ts";
import { startPid1 } from "./pid1.ts";

const init = fileURLToPath(new URL("../fixtures/fork/init.ts", import.meta.url));
const defaultTimeoutMs = 180_000;

export interface ScenarioOptions {
  /** A program that changes something about the process and then calls exec. */
  readonly wrapper?: readonly string[];
  readonly timeoutMs?: number;
}

/** Runs test/fixtures/fork/<scenario>.ts below a PID 1, and returns its processes' reports once all of them have ended. */
export async function runScenario(node: string, scenario: string, ...args: string[]): Promise<Line[]> {
  return await runScenarioWith({}, node, scenario, ...args);
}

export async function runScenarioWith(
  { wrapper = [], timeoutMs = defaultTimeoutMs }: ScenarioOptions,
  node: string,
  scenario: string,
  ...args: string[]
): Promise<Line[]> {
  const command = [node, "--disable-warning=ExperimentalWarning", init, scenario, ...args];
  await using pid1 = await startPid1({ command, wrapper, env: { NODE_OPTIONS: undefined } });
  assert.equal(await pid1.exitCode(deadlineOf(timeoutMs)), 0, pid1.transcript);
  const lines = pid1.log as unknown as Line[];
  assert.deepEqual(lines.at(-1), { event: "templateEnded", code: 0, signal: null }, pid1.transcript);
  return lines;
}

export function told(lines: readonly Line[], what: string): Record<string, unknown>[] {
  return lines.filter((line) => line.event === "told").filter((line) => line["what"] === what);
}

/** How the worker ended, as the kernel reported it to its init. */
export function endOf(lines: readonly Line[], pid: number | undefined): unknown {
  const line = lines.find((one) => one.event === "ended" && one.pid === pid);
  return line?.event === "ended" ? line.exit : undefined;
}

/** Every worker that the template reported as forked, in order. */
export function forkedPids(lines: readonly Line[]): number[] {
  return lines.flatMap((line) => (line.event === "forked" ? line.pids : []));
}
