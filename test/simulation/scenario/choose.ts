import type { SimulatedProcess } from "../machine/simulated-process.ts";
import type { Container } from "../models/container.ts";

/** What a process does, if it has a program yet. */
export function modelOf({ workers, templates, keepers }: Container, process: SimulatedProcess | undefined) {
  const pid = process?.pid ?? 0;
  return workers.get(pid) ?? templates.get(pid) ?? keepers.get(pid);
}

/** One of them, by a number that the scenario has drawn. */
export function chosen<One>(all: readonly One[], choice: number): One | undefined {
  return all[choice % Math.max(1, all.length)];
}
