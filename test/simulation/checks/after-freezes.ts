import type { Container } from "../models/container.ts";
import { type Check, require } from "./check.ts";

/** init measures a freeze from the time when it should have turned next. */
const noticedLateByMs = 1_000;
/** The reasons for which init ends a process, or gives one up, when a deadline passes. */
const byDeadline =
  /( for too long| and it did not exit| and did not exit|within FORKER_BOOT_TIMEOUT|from the trial fork|that it is alive| in time)$|^it was ordered to fork |^the SIGKILL before |^did not end after SIGKILL$|^could not be killed: /;

/** After a freeze, no deadline passes before init has had the time to read what happened meanwhile. */
export function readsAfterFreezes({ machine, supervisor, schedule, runners }: Container): Check {
  const { limits } = supervisor;
  return {
    logged({ message, fields }) {
      const isEnd = message.startsWith("sent SIGKILL to ") || message.startsWith("gave up waiting for ");
      const reason = String(fields["reason"]);
      if (!isEnd || !byDeadline.test(reason)) return;
      // Its worker has just asked for it.
      if (runners.get(Number(fields["runnerPid"]))?.killsAsked.has(reason) === true) return;
      const frozen = machine.init.recentStill(limits.thawTimeMs);
      if (frozen === undefined || frozen.until - frozen.since <= limits.frozenAfterMs + noticedLateByMs) return;
      const forMs = schedule.time.now - frozen.until;
      require(forMs >= limits.thawTimeMs, () =>
        `${message}: ${reason}, ${Math.round(forMs)} ms after a freeze of init`);
    },
  };
}
