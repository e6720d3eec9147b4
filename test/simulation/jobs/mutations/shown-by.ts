// What a scenario must contain so that it can show a mutation.
import type { JobsFault, JobsScenario } from "../scenario/scenario.ts";

/** Longer than a lock. */
const longMs = 11_000;

export function hasLongJob({ jobs }: JobsScenario): boolean {
  return jobs.some(({ data }) => data.runMs >= 20_000);
}

export function hasLongFault({ faults }: JobsScenario, ...kinds: readonly JobsFault["kind"][]): boolean {
  return faults.some((fault) => kinds.includes(fault.kind) && "forMs" in fault && fault.forMs >= longMs);
}

/** Jobs follow one another closely. */
export function isBusy({ jobs }: JobsScenario): boolean {
  const [first, last] = [jobs[0], jobs.at(-1)];
  return jobs.length >= 12 && first !== undefined && last !== undefined && last.atMs - first.atMs <= 2_000;
}

/** One of the second kinds of faults begins while one of the first kind lasts. */
export function hasDuring(
  { faults }: JobsScenario,
  lasting: JobsFault["kind"],
  isBegun: (fault: JobsFault) => boolean,
): boolean {
  const spans = faults.filter((fault) => fault.kind === lasting && "forMs" in fault);
  return spans.some((span) =>
    faults.some((one) => isBegun(one) && one.atMs > span.atMs && "forMs" in span && one.atMs < span.atMs + span.forMs),
  );
}

export function hasOnly({ faults }: JobsScenario, ...kinds: readonly JobsFault["kind"][]): boolean {
  return faults.every(({ kind }) => kinds.includes(kind));
}

/** Some worker ends in order. */
export function endsWorker(fault: JobsFault): boolean {
  return fault.kind === "signalWorker" && ["SIGTERM", "SIGQUIT", "SIGHUP"].includes(fault.signal);
}

export function slots({ settings }: JobsScenario): number[] {
  return settings.map(({ workload = "*" }) => workload.split(";").length);
}

export function hasAll({ faults }: JobsScenario, ...kinds: readonly JobsFault["kind"][]): boolean {
  return kinds.every((one) => faults.some(({ kind }) => kind === one));
}

/** It has isolated jobs. */
export function isolates({ settings }: JobsScenario): boolean {
  return settings.some(({ isolatedQueues = [] }) => isolatedQueues.length > 0);
}
