import type { Member } from "../bull/keys/fleet-keys.ts";
import type { ExitName } from "../exit/exit-codes.ts";
import type { FleetAnswer, FleetOrder, FleetOutcome } from "../protocol/fleet.ts";
import type { InstanceId } from "../protocol/instance-id.ts";

/** What came of an order at one forker. missing: it has not answered in time. notAwaited: another answer was enough. */
export interface FleetReply {
  readonly instance: InstanceId;
  readonly host: string;
  readonly pid: number;
  readonly outcome: FleetOutcome | "missing" | "notAwaited";
  readonly text: string;
  /** Since it last announced itself, when the order was sent. */
  readonly silentMs: number;
}

type Answers = ReadonlyMap<InstanceId, FleetAnswer>;

/** The answer of each forker that the order was meant for, and of forkers that have started since. */
export function repliesOf(order: FleetOrder, members: readonly Member[], answers: Answers): FleetReply[] {
  const unanswered = isHeld(order, answers)
    ? ({ outcome: "notAwaited", text: "not waited for" } as const)
    : ({ outcome: "missing", text: "no answer" } as const);
  const known = new Map(members.map((member) => [member.instance, member]));
  const late = [...answers].filter(([instance]) => !known.has(instance));
  const replies = [
    ...members.map(({ instance, host, pid, silentMs }): FleetReply => {
      const answer = answers.get(instance);
      const { outcome, text } = answer ?? unanswered;
      return { instance, host, pid, outcome, text, silentMs };
    }),
    ...late.map(([instance, answer]): FleetReply => ({ instance, ...answer, silentMs: 0 })),
  ];
  return replies.toSorted((one, other) => compare(one.host, other.host) || one.pid - other.pid);
}

/** Only one forker holds a job, so its answer is enough. */
function isHeld({ name }: FleetOrder, answers: Answers): boolean {
  return name === "stopJob" && [...answers.values()].some(({ outcome }) => outcome === "done" || outcome === "notYet");
}

/** Whether to wait no longer. */
export function isSettled(replies: readonly FleetReply[]): boolean {
  return replies.every(({ outcome }) => outcome !== "missing");
}

export function exitOf({ name }: FleetOrder, replies: readonly FleetReply[]): ExitName {
  const has = (wanted: FleetReply["outcome"]) => replies.some(({ outcome }) => outcome === wanted);
  if (name === "stopJob") {
    if (has("done")) return "done";
    if (has("notYet")) return "notYet";
    return has("missing") ? "fleetIncomplete" : "notHeld";
  }
  return has("missing") || has("refused") ? "fleetIncomplete" : "done";
}

function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? -1 : 1;
}
