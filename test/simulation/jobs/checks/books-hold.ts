import type { JobsFault } from "../scenario/scenario.ts";
import type { JobsWorld } from "../world/jobs-world.ts";
import type { JobsCheck } from "./jobs-check.ts";

const mostTakes = 80;
/** A stalled check marks the job, and the next one moves it. */
const stalledExcuseMs = 30_000;

/** Redis answers, and no process is halted: Redis refuses commands, and operators give orders. */
const harmless: ReadonlySet<JobsFault["kind"]> = new Set([
  "refusal",
  "signalWorker",
  "signalForker",
  "stopJob",
  "pauseQueue",
  "limitQueue",
]);

/** Whether a worker runs it that nothing has kept from taking an expired lock again as soon as Redis accepted that. */
function isRunning({ scenario, ledger }: JobsWorld, job: string): boolean {
  const run = ledger.runs.get(job)?.at(-1);
  if (run === undefined || run.end !== undefined) return false;
  if ([run.process, run.worker].some(({ isDead, stillMs }) => isDead || stillMs > 0)) return false;
  return run.lock === "expired" && !run.signal.aborted && scenario.faults.every(({ kind }) => harmless.has(kind));
}

/** What BullMQ's books say of a job makes sense: it ends once, is taken a bounded number of times, and stalls only for a cause. */
export function booksHold(world: JobsWorld): JobsCheck {
  const { time } = world.schedule;
  world.books.listeners.push(({ event, job }, earlier) => {
    const end = earlier.find((one) => one.event === "completed" || one.event === "failed");
    if (end !== undefined && (event === "completed" || event === "failed"))
      return world.violated(`job ${job} ${event} after it ${end.event}`);
    if (end !== undefined && event === "active") return world.violated(`job ${job} is taken after it ${end.event}`);
    if (event === "active" && earlier.filter((one) => one.event === "active").length > mostTakes)
      return world.violated(`job ${job} is taken more than ${mostTakes} times`);
    if (event !== "stalled") return;
    if (isRunning(world, job)) return world.violated(`job ${job} stalled, although its worker could renew its lock`);
    const isExcused =
      world.leftToStalledCheck.has(job) ||
      world.hadRedisTrouble(time.now - stalledExcuseMs) ||
      world.forkers.some((forker) => !world.wasGuarded(forker, stalledExcuseMs));
    if (!isExcused) world.violated(`job ${job} stalled, although nothing kept its lock from being renewed`);
  });
  return {};
}
