import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import type { JobsWorld } from "../world/jobs-world.ts";
import { nameOf } from "../world/ledger.ts";
import type { JobsCheck } from "./jobs-check.ts";

/** Redis must have refused for that long, for a reason that only a person can remove, before a worker gives up the end of a job. */
const givesUpAfterMs = 60_000;

const troubleLines =
  /^(BullMQ reported an error|Redis refused|gave up writing|could not|dropped the|failed job for good)/;

/** What forker logs about jobs and Redis has happened. */
export function trueLines(world: JobsWorld): JobsCheck {
  const { time } = world.schedule;
  world.logObservers.push((_, process, { message, fields, level }) => {
    const job = nameOf(String(fields["queue"]), String(fields["job"]));
    if (message === "caught internal error in supervisor" || message === "failed to perform action")
      return world.violated(`${message}: ${(fields["err"] as Error | undefined)?.stack ?? JSON.stringify(fields)}`);
    if (
      troubleLines.test(message) &&
      level !== "debug" &&
      !world.hadRedisTrouble(time.now - 45_000) &&
      !isMoving(fields) &&
      !(message.startsWith("dropped the") && hasLostLock(world, process, job))
    )
      return world.violated(`${message}, without trouble with Redis: ${detailsOf(fields)}`);
    if (message === "gave up writing the end of a job") {
      const { faults } = world.scenario;
      const mayGiveUp = faults.some(
        (fault) => fault.kind === "refusal" && fault.code === "WRONGTYPE" && time.now - fault.atMs >= givesUpAfterMs,
      );
      if (!mayGiveUp) return world.violated(`${message} ${job}, which Redis has not refused for long`);
      if (fields["fate"] === "ours") world.givenUp.add(job);
    }
    if (message === "worker ended") mayPassOn(world, process, Number(fields["passedOn"]));
    if (message === "dropped the end of a job") {
      const run = world.ledger.runs.get(job)?.findLast((one) => one.worker === process);
      if (run?.lock === "released" && run.lockLostBy === process && run.lockLostAt >= run.endedAt)
        world.violated(`${message} ${job}, which this worker has written`);
    }
    if (message === "handed back undelivered job") {
      const lostAt = world.network.lostAt.get(process) ?? -Infinity;
      if (lostAt === -Infinity && world.failovers.length === 0 && !world.hadRedisTrouble(time.now - 30_000))
        world.violated(`${message} ${job}, although no answer was lost`);
    }
    if (message === "failed undelivered job" && !world.hadFault("inScript"))
      world.violated(`${message} ${job}: ${String(fields["reason"])}`);
    if (message === "aborted job: its lock was lost") {
      const run = [...world.ledger.current].find((one) => one.worker === process && nameOf(one.queue, one.id) === job);
      if (run?.lock === "held") world.violated(`${message}, which is not so: ${job}`);
    }
  });
  return {};
}

/** A worker passes on only ends that it has not written. The answer to a write that took effect may have been lost. */
function mayPassOn(world: JobsWorld, process: SimulatedProcess, passedOn: number): void {
  if (passedOn === 0 || world.network.lostAt.has(process) || world.failovers.length > 0) return;
  const unwritten = [...world.ledger.runs].filter(([name, runs]) => {
    const events = world.books.of.get(name) ?? [];
    const own = runs.filter((run) => run.worker === process);
    return own.some((run) => {
      // The worker does not wait for a processor that ignores its signal.
      const overAt = Math.min(run.endedAt, run.abortedAt, run.process.endedAt);
      return overAt < Infinity && !events.some(({ by, at }) => by === process && at >= overAt);
    });
  });
  if (unwritten.length < passedOn)
    world.violated(`worker ${process.pid} passes on ${passedOn} ends; it has not written ${unwritten.length}`);
}

/** BullMQ was renewing the lock when the processor moved its job. */
function isMoving({ err }: Record<string, unknown>): boolean {
  return err instanceof Error && err.message.startsWith("could not renew lock");
}

/** Another worker may then have the job, or this one for another run. The checks of locks judge why the lock was lost. */
function hasLostLock(world: JobsWorld, process: SimulatedProcess, job: string): boolean {
  const runs = world.ledger.runs.get(job)?.filter((one) => one.worker === process) ?? [];
  return runs.some(({ lock }) => lock === "expired" || lock === "taken");
}

function detailsOf(fields: Record<string, unknown>): string {
  return Object.values(fields)
    .map((value) => (value instanceof Error ? value.message : JSON.stringify(value)))
    .join(" ");
}
