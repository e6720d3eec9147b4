import type { BookEvent } from "../world/books.ts";
import type { JobsWorld } from "../world/jobs-world.ts";
import { type Heard, nameOf } from "../world/ledger.ts";
import type { JobsCheck } from "./jobs-check.ts";

/** How long it may take until the hook of an end is called that another process has written. */
const passOnMs = 12_000;
/** How long a worker tries to read a job for its hook. */
const readMs = 12_000;

/** Hooks and listeners hear of each end once, after it was written. */
export function hooksCalled(world: JobsWorld): JobsCheck {
  const { ledger, server, books, failovers } = world;
  ledger.hearListeners.push((heard) => {
    if (failovers.length > 0) return;
    const { queue, id, what, attemptsMade, finishedOn } = heard;
    const name = nameOf(queue, id);
    const earlier = ledger.heardOf.get(name)?.find((one) => one.what === what && one.attemptsMade === attemptsMade);
    if (earlier !== undefined) return world.violated(`${what} of ${name} is called twice for attempt ${attemptsMade}`);
    const job = server.job(queue, id);
    if (job.fields === undefined) return;
    const state = job.states.join();
    const made = Number(job.fields.get("atm") ?? 0);
    const isEnd = what === "afterPerform" || what === "completed" || finishedOn !== undefined;
    const ended = what === "afterPerform" || what === "completed" ? "completed" : "failed";
    if (isEnd && state !== ended)
      return world.violated(`${what} of ${name} is called before its end is written: it is ${state}`);
    if (made < attemptsMade || (isEnd && made !== attemptsMade) || attemptsMade < 1)
      world.violated(`${what} of ${name} is called with attemptsMade ${attemptsMade}; Redis says ${made}`);
  });
  /** A worker could not read the job from Redis, and has said so. */
  const skipped = new Set<string>();
  world.logObservers.push((_, process, { message, fields }) => {
    if (message !== "skipped the hook of an ended job: could not read the job") return;
    if (!world.hadRedisTrouble(world.schedule.time.now - readMs))
      return world.violated(`process ${process.pid} ${message}, without trouble with Redis`);
    skipped.add(nameOf(String(fields["queue"]), String(fields["job"])));
  });
  return {
    atRest() {
      if (failovers.length > 0) return;
      for (const [name, events] of books.of) {
        const end = events.find(({ event }) => event === "completed" || event === "failed");
        if (end === undefined || skipped.has(name) || isExcused(world, end)) continue;
        const wanted: readonly Heard["what"][] =
          end.event === "completed" ? ["afterPerform", "completed"] : ["onFailure", "failed"];
        const missing = wanted.find(
          (what) => !ledger.heardOf.get(name)?.some((one) => one.what === what && one.at >= end.at - 1),
        );
        if (missing !== undefined)
          world.violated(
            `${missing} was not called for ${name}, which ${end.event} at ${(end.at / 1_000).toFixed(3)} s`,
          );
      }
    },
  };
}

/** The process that wrote the end, or that was to call the hook, has ended soon after that. */
function isExcused(world: JobsWorld, { by, at }: BookEvent): boolean {
  const writer = world.processOf(by);
  // Its reply was lost with its connection, and another process found the end written.
  if (world.hadRedisTrouble(at - 1_000, at + 2_000)) return true;
  if (writer === undefined) return true;
  return world.ends.some((end) => end.forker === writer.forker && end.at >= at - 1 && end.at < at + passOnMs);
}
