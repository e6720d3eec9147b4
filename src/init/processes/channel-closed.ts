import type { Logger } from "pino";
import { ChannelFault } from "../../protocol/channel.ts";
import type { Event } from "../state/event.ts";
import type { ProcessName } from "../state/process-name.ts";
import type { Signallable } from "./process-table.ts";

export interface ChannelClosedDependencies {
  readonly log: Logger;
  readonly push: (event: Event) => void;
}

/**
 * Handles a channel that closed with an error. If init closed the channel because of a fault of the child, init kills the
 * child, which would not exit otherwise. The jobs of a killed worker are handed back, and its death counts against them.
 * `process` undefined: the child has no pid.
 */
export function channelClosed(
  name: ProcessName,
  process: Signallable | undefined,
  cause: Error,
  { log, push }: ChannelClosedDependencies,
): void {
  const { role, id } = name;
  const fields = { [`${role}Pid`]: process?.pid };
  if (!(cause instanceof ChannelFault)) {
    log.debug({ ...fields, cause: cause.message }, `${role} channel closed`);
    return;
  }
  const reason = `init closed its channel: ${cause.message}`;
  try {
    process?.signal("SIGKILL");
    log.error({ ...fields, reason }, `sent SIGKILL to ${role}`);
  } catch (error) {
    log.error({ ...fields, err: error, reason }, `failed to kill ${role}`);
  }
  const message = `init closed the channel of the template: ${cause.message}`;
  if (role === "template")
    push({ kind: "templateFailed", template: id, failure: { message, stack: undefined, exit: "bootFailure" } });
}
