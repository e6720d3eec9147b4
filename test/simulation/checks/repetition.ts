import { slotSpecs } from "../../../src/init/state/wanted-slots.ts";
import type { Role } from "../machine/simulated-process.ts";
import type { Container } from "../models/container.ts";
import { type Check, require } from "./check.ts";

const periodMs = 60_000;
/** The back-off allows nine starts in the first minute, and two in each that follows; a worker that was useful starts over. */
const startsPerSlot = 24;

/** Nothing is repeated without a pause that grows, whatever fails. */
export function boundedRepetition({ machine, schedule, supervisor, signalsSent }: Container): Check {
  const { time } = schedule;
  let replacements: { readonly slot: unknown; readonly at: number }[] = [];
  return {
    everySecond() {
      if (Math.floor(time.now / 1_000) % 5 !== 0) return;
      const since = time.now - periodMs;
      const asked = signalsSent.filter((at) => at > since - periodMs).length;
      const slots = Math.max(1, slotSpecs(supervisor.world).length);
      const most: Readonly<Record<Role, number>> = {
        init: 0,
        template: 16 + 2 * asked,
        keeper: 16 + 2 * asked,
        // By worker: see runners.ts.
        runner: Infinity,
        worker: (startsPerSlot + 3 * asked) * (slots + 1),
      };
      const counts: Record<Role, number> = { init: 0, template: 0, keeper: 0, worker: 0, runner: 0 };
      for (const { role, startedAt } of machine.processes.values()) if (startedAt > since) counts[role] += 1;
      for (const role of ["template", "keeper", "worker"] as const)
        require(counts[role] <= most[role], () => `${counts[role]} ${role}s were started in a minute`);
    },
    logged({ message, fields }) {
      // A new application is a new chance. Only operators bring one.
      if (message === "activated generation") replacements = [];
      if (message !== "replacing stuck worker") return;
      replacements.push({ slot: fields["slot"], at: time.now });
      const same = replacements.filter(({ slot }) => slot === fields["slot"]);
      const { stuckTimeoutMs } = supervisor.limits;
      const [previous, last] = same.slice(-2);
      if (previous === undefined || last === undefined || previous === last) return;
      const pauseMs = last.at - previous.at;
      require(pauseMs >= 2 * stuckTimeoutMs, () => `init replaced two workers of a slot within ${pauseMs} ms`);
    },
  };
}
