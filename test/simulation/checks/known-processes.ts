import type { SimulatedProcess } from "../machine/simulated-process.ts";
import type { Container } from "../models/container.ts";
import type { RunnerModel } from "../models/runner-model.ts";
import { modelOf } from "../scenario/choose.ts";
import { type Check, require } from "./check.ts";

/** How long init may take to notice an end: see lastWordsMs in src/init/processes/link.ts. */
const noticedWithinMs = 3_000;
/** A process that has closed its channel has exitTimeMs. */
const cutOffForMs = 25_000;
/** A process that init has given up ends by itself, because its channel is closed. */
const endsWithinMs = 90_000;

/** Every process that init knows exists or has a deadline, and every process that exists is known. */
export function knownProcesses(container: Container): Check {
  const { machine, supervisor, schedule, workers, runners } = container;
  const { time } = schedule;
  const unknownSince = new Map<number, number>();
  const records = () => {
    const { templates, workers: known, runners: knownRunners, keeper } = supervisor.world;
    return [...templates, ...known, ...knownRunners, ...(keeper === undefined ? [] : [keeper])];
  };
  /** Runs of init's own since then. */
  const initsMs = (since: number) => (machine.init.canRun ? time.now - Math.max(since, initRunsSince) : 0);
  let initRunsSince = 0;
  /** Its worker, which stands still, has not read its hello. */
  const isUnread = (runner: RunnerModel) => runner.primedAt === Infinity && !runner.worker.process.canRun;
  /**
   * It never connects, and its template may have died before it reported the pid. A runner connects to its worker alone: init knows it
   * once that has read its hello, and does not know one whose teardown hangs then, which lives until init ends.
   */
  const isUnknowable = ({ pid }: SimulatedProcess) => {
    const runner = runners.get(pid);
    const isUnknownRunner =
      runner !== undefined && (runner.dialledAt === Infinity || runner.isOver || isUnread(runner));
    return isUnknownRunner || workers.get(pid)?.dialledAt === Infinity;
  };
  return {
    turned() {
      const { handBackOrders } = supervisor.world;
      for (const { deadline, worker } of handBackOrders)
        require(Number.isFinite(deadline), () => `the hand-back order of worker ${worker} has no deadline`);
      for (const { id, pid, state, deadline } of records()) {
        if (Number.isFinite(deadline)) continue;
        const process = pid === undefined ? undefined : machine.processes.get(pid);
        const isThere = process !== undefined && (!process.isDead || initsMs(process.endedAt) < noticedWithinMs);
        require(isThere, () => `init waits without end for process ${id} (pid ${pid}, ${state}), which does not exist`);
      }
    },
    everySecond() {
      if (!machine.init.canRun) initRunsSince = time.now;
      const known = new Set(records().map(({ pid }) => pid));
      for (const process of machine.living) {
        const { pid } = process;
        const { hungUpAt = Infinity } = modelOf(container, process) ?? {};
        const cutOffMs = time.now - Math.max(hungUpAt, process.unkillableUntil, initRunsSince);
        // An operator kills it when the faults have ended.
        const isRefused = process.killRefusedAt > -Infinity;
        require(cutOffMs < cutOffForMs || isRefused, () =>
          `${process.role} ${pid} still exists, ${Math.round(cutOffMs)} ms after it closed its channel`);
        if (
          known.has(pid) ||
          isRefused ||
          isUnknowable(process) ||
          !process.canRun ||
          time.now < process.unkillableUntil
        ) {
          unknownSince.delete(pid);
          continue;
        }
        if (!unknownSince.has(pid)) unknownSince.set(pid, time.now);
        const forMs = initsMs(unknownSince.get(pid) ?? time.now);
        require(forMs < endsWithinMs, () => `${process.role} ${pid} has existed for ${forMs} ms unknown to init`);
      }
    },
  };
}
