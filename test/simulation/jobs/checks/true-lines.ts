import type { JobsWorld } from "../world/jobs-world.ts";
import { nameOf } from "../world/ledger.ts";
import type { JobsCheck } from "./jobs-check.ts";

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
      !isMoving(fields)
    )
      return world.violated(`${message}, without trouble with Redis: ${detailsOf(fields)}`);
    if (message === "handed back undelivered job") {
      const lostAt = world.network.lostAt.get(process) ?? -Infinity;
      if (lostAt === -Infinity && world.failovers.length === 0 && !world.hadRedisTrouble(time.now - 30_000))
        world.violated(`${message} ${job}, although no answer was lost`);
    }
    if (message === "failed undelivered job" && !world.hadFault("inScript"))
      world.violated(`${message} ${job}: ${String(fields["reason"])}`);
    if (message === "aborted job: its lock was lost") {
      const run = [...world.ledger.current].find((one) => one.process === process && nameOf(one.queue, one.id) === job);
      if (run?.lock === "held") world.violated(`${message}, which is not so: ${job}`);
    }
  });
  return {};
}

/** BullMQ was renewing the lock when the processor moved its job. */
function isMoving({ err }: Record<string, unknown>): boolean {
  return err instanceof Error && err.message.startsWith("could not renew lock");
}

function detailsOf(fields: Record<string, unknown>): string {
  return Object.values(fields)
    .map((value) => (value instanceof Error ? value.message : JSON.stringify(value)))
    .join(" ");
}
