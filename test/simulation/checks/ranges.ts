import { isSlotOfRange, rangesOf, slotsOfRange } from "../../../src/init/state/wanted-slots.ts";
import type { Container } from "../models/container.ts";
import { type Check, type LogLine, require } from "./check.ts";
import { durationIn, numberIn, slackMs } from "./kill-reasons.ts";

/** init does not use counts of due jobs that are older: see staleAfterMs in src/init/state/range-snapshot.ts. */
const countsAreFreshMs = 5_000;
/** The reason states whole seconds. */
const roundedMs = 500;

/** The number of a range's workers stays within its bounds, no worker is removed that holds a job, and each step has its reason. */
export function keptRanges(container: Container): Check {
  const { supervisor, workers, board, schedule, machine, dueCounts } = container;
  const { world, limits } = supervisor;
  const { time } = schedule;
  /** When the number of workers of each range last changed, by the range's first slot. */
  let steppedAt = new Map<number, number>();
  const rangeOf = ({ fields }: LogLine) => {
    const [slot = -1] = fields["slots"] as readonly number[];
    return rangesOf(world).find((range) => isSlotOfRange(range, slot));
  };
  const holdsNoJob = (slots: readonly number[]) => {
    for (const { slot, pid, isSpare } of world.workers) {
      const worker = pid === undefined ? undefined : workers.get(pid);
      if (isSpare || !slots.includes(slot) || worker === undefined || worker.process.isDead) continue;
      require(worker.jobs.count === 0, () => `slot ${slot} is removed, and its worker holds ${worker.jobs.count} jobs`);
    }
  };
  /** Whether a keeper has lately counted this many jobs, or, without a number, has counted at all. */
  const wereCounted = (jobs?: number) => {
    const since = time.now - countsAreFreshMs - slackMs - machine.init.recentStillMs(countsAreFreshMs + slackMs);
    return dueCounts.some((one) => (jobs === undefined || one.jobs === jobs) && one.at >= since);
  };
  const whyAdded: readonly { readonly pattern: RegExp; readonly isTrue: (line: LogLine, reason: string) => boolean }[] =
    [
      {
        pattern: /^the workload has at least as many$/,
        isTrue: (line) => Number(line.fields["to"]) <= (rangeOf(line)?.minimum ?? -1),
      },
      {
        pattern: /^jobs wait, and there is no worker$/,
        isTrue: ({ fields }) =>
          fields["from"] === 0 && Number(fields["waiting"]) > 0 && wereCounted(Number(fields["waiting"])),
      },
      {
        pattern: /^(clearing the waiting jobs would take|all workers are busy, and none has taken a job for) .* ms$/,
        isTrue: ({ fields }, reason) =>
          numberIn(reason, / (\d+) ms$/) === limits.clearTimeMs &&
          Number(fields["waiting"]) > 0 &&
          wereCounted(Number(fields["waiting"])),
      },
    ];
  return {
    turned() {
      if (world.phase !== "running") return;
      for (const range of rangesOf(world)) {
        const { minimum, maximum } = range;
        const wanted = slotsOfRange(range).filter((slot) => world.slots[slot]?.isVacant !== true).length;
        require(wanted >= minimum && wanted <= maximum, () =>
          `a range has ${wanted} workers; its bounds are ${minimum} and ${maximum}`);
      }
    },
    logged(line) {
      const { message, fields } = line;
      if (message === "activated generation") steppedAt = new Map();
      if (message !== "added workers" && message !== "removed workers") return;
      const range = rangeOf(line);
      const reason = String(fields["reason"]);
      const to = Number(fields["to"]);
      const text = `${message}, from ${String(fields["from"])} to ${to}: ${reason}`;
      require(range !== undefined && to >= Math.min(range.minimum, range.maximum) && to <= range.maximum, () =>
        `${text}; the bounds are ${range?.minimum} and ${range?.maximum}`);
      const before = steppedAt.get(range?.first ?? -1);
      steppedAt.set(range?.first ?? -1, time.now);
      if (message === "added workers") {
        const isTrue = whyAdded.some((one) => one.pattern.test(reason) && one.isTrue(line, reason));
        return require(isTrue, () => `${text}, which is not so`);
      }
      const quietMs = durationIn(reason) + roundedMs;
      const hadNoJob = reason.startsWith("there was no job for ");
      const isLongEnough =
        quietMs >= limits.removeAfterMs && (hadNoJob || time.now - (before ?? 0) >= quietMs - 2 * roundedMs);
      const isEnough = hadNoJob ? fields["waiting"] === 0 : numberIn(reason, /^(\d+) w(?:as|ere) enough/) <= to;
      require(isLongEnough && isEnough, () => `${text}, which is not so`);
      require(wereCounted(), () => `${text}, and no keeper has counted the jobs lately`);
      if (board !== undefined) holdsNoJob(fields["slots"] as readonly number[]);
    },
  };
}
