import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import type { FleetKeys } from "../../bull/keys/fleet-keys.ts";
import { type FleetRule, noRule, ruleFor } from "../../protocol/fleet.ts";

/** Redis refuses every command for now, so no job can be taken either. */
const passes = /^(LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY)\b/;
const againMs = 250;
const closedMessage = "Connection is closed.";

/** Reads the rule of the fleet that applies to a host. If Redis never lets the worker read it, the worker is not suspended. */
export async function readFleetRule(
  keys: Pick<FleetKeys, "readRules">,
  host: string,
  log: Pick<Logger, "warn">,
): Promise<FleetRule> {
  for (;;) {
    try {
      return ruleFor(await keys.readRules(), host);
    } catch (cause) {
      const { message } = cause as Error;
      if (!passes.test(message)) {
        // The worker ends before Redis was available.
        if (message !== closedMessage) log.warn({ cause: message }, "could not read whether the fleet is suspended");
        return noRule;
      }
      await setTimeout(againMs);
    }
  }
}
