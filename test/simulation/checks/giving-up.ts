import { exitCodes } from "../../../src/exit/exit-codes.ts";
import { wantedSlots } from "../../../src/init/state/wanted-slots.ts";
import type { Container } from "../models/container.ts";
import { type Check, require } from "./check.ts";
import { numberIn } from "./kill-reasons.ts";

/** Ten crashes in a row take longer than this, because of the pauses between them. */
const uselessForMs = 20_000;
/** How long a cause may last that makes workers or templates fail. */
const causeMs = 120_000;
const endsOfWorkers: ReadonlySet<string> = new Set([
  "worker exited",
  "worker did not start",
  "failed to fork worker",
  "gave up waiting for worker",
]);
/** Each job dies of its maximum deaths, so no number of jobs makes init give up. */
const innocent: ReadonlySet<string> = new Set(["init", "itself", "poison"]);
const causes = ["spawn", "descriptors", "fork", "brokenFork", "forkHangs", "stillborn", "slow"] as const;

/** init exits by itself only if no worker is of use, or the first load failed, and for a cause that exists. */
export function givesUpRightly({ workers, templates, schedule, windows, machine, supervisor }: Container): Check {
  const { time } = schedule;
  const finished = new Map<number, { readonly count: number; readonly at: number }>();
  let isAsked = false;
  let crashes = 0;
  const hasCause = () =>
    causes.some((name) => windows.wasOpenSince(name, time.now - causeMs)) ||
    [...machine.processes.values()].some(
      ({ isDead, endedBy, endedAt, stillMs }) =>
        stillMs > 0 || (isDead && !innocent.has(endedBy) && endedAt > time.now - causeMs),
    ) ||
    [...workers.values()].some(({ isSound }) => !isSound) ||
    [...templates.values()].some(({ release, isFaulty }) => release.load !== "loads" || isFaulty);
  return {
    everySecond() {
      for (const [pid, { jobs }] of workers) {
        const count = jobs.finished + jobs.failed;
        if (count > (finished.get(pid)?.count ?? 0)) finished.set(pid, { count, at: time.now });
      }
    },
    logged({ message, fields }) {
      if (message === "received order") isAsked ||= ["stop", "drain", "killNow"].includes(String(fields["order"]));
      if (endsOfWorkers.has(message)) crashes += 1;
      if (message !== "giving up" || fields["exitCode"] !== exitCodes.crashLoop.code) return;
      const claimed = numberIn(String(fields["reason"]), /at least (\d+) times/);
      require(crashes >= claimed, () => `${String(fields["reason"])}; in truth, ${crashes} workers have ended`);
      // TTOU may have removed the slot of the only worker that was of use.
      const wanted = new Set(wantedSlots(supervisor.world));
      const ofUse = [...finished].filter(([pid]) => wanted.has(workers.get(pid)?.slot ?? 0));
      const last = Math.max(-Infinity, ...ofUse.map(([, { at }]) => at));
      require(time.now - last > uselessForMs, () =>
        `${String(fields["reason"])}; a worker finished a job ${Math.round(time.now - last)} ms before`);
    },
    exited(exit) {
      if (exit === "done" || exit === "jobsNotHandedBack")
        require(isAsked, () => `init exits (${exit}), which nobody has asked for`);
      else require(isAsked || hasCause(), () => `init exits (${exit}) without a cause`);
    },
  };
}
