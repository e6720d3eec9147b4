import { askStatus } from "./ask-status.ts";
import { eventually } from "./deadline.ts";
import type { Pid1 } from "./pid1.ts";

const waitMs = 60_000;

export interface TemplateAndWorkers {
  readonly template: number;
  readonly workers: readonly number[];
}

/** The pids of the template (0: it has been retired, because workers are spawned) and its workers, when `count` workers take jobs, none of which is `gone`. */
export async function templateAndWorkers(pid1: Pid1, count: number, gone?: number): Promise<TemplateAndWorkers> {
  return await eventually(waitMs, `${count} workers`, async () => {
    if (pid1.hasEnded) throw new Error(pid1.transcript);
    const status = await askStatus(pid1).catch(() => undefined);
    const workers = status?.slots.flatMap((slot) => slot.workers.map(({ pid }) => pid ?? 0)) ?? [];
    const template = status?.templates[0]?.pid;
    const isComplete = status?.ready === true && workers.length === count && !workers.includes(gone ?? 0);
    return isComplete && { template: template ?? 0, workers };
  });
}
