import type { Logger } from "pino";
import { ChannelFault } from "../../protocol/channel.ts";
import type { Event } from "../state/event.ts";
import type { ProcessName } from "../state/process-end.ts";
import type { KnownProcess } from "./known-process.ts";

export interface ChannelClosedDependencies {
  readonly log: Logger;
  readonly push: (event: Event) => void;
}

/**
 * The channel of a child is closed for a reason. One that cannot be talked to is killed at once: it does not end because init
 * hangs up, and what it holds is then handed back as a dead worker's, whose death counts. undefined: it has no pid.
 */
export function channelClosed(
  name: ProcessName,
  process: KnownProcess | undefined,
  cause: Error,
  { log, push }: ChannelClosedDependencies,
): void {
  const { role, id } = name;
  const fields = { [`${role}Pid`]: process?.pid };
  if (!(cause instanceof ChannelFault)) {
    log.debug({ ...fields, cause: cause.message }, `the channel of a ${role} is closed`);
    return;
  }
  try {
    process?.signal("SIGKILL");
  } catch (error) {
    log.error({ ...fields, err: error }, `could not kill a ${role}`);
  }
  log.error(fields, `killing a ${role}, whose channel init closed: ${cause.message}`);
  const message = `init closed the channel of the template: ${cause.message}`;
  if (role === "template")
    push({ kind: "templateFailed", template: id, failure: { message, stack: undefined, exit: "bootFailure" } });
}
