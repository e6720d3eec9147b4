/**
 * What the forkers of a fleet, and `forker fleet`, tell each other through Redis. The fleet consists of all forkers that use one
 * Redis and one prefix.
 */
import * as v from "valibot";
import { matchesGlob } from "../text/glob.ts";
import { count, jobName } from "./fields.ts";

/** Text from Redis that is too long is refused: no forker has written it. */
const shortText = v.pipe(v.string(), v.maxLength(500));
const hostPattern = v.pipe(v.string(), v.maxLength(255));
/** The id of a command: that of its entry in the stream. */
const commandId = v.pipe(v.string(), v.regex(/^\d{1,20}-\d{1,20}$/));

export const fleetOrderNames = ["suspend", "resume", "reload", "stopJob", "drain"] as const;
export type FleetOrderName = (typeof fleetOrderNames)[number];

export const fleetOrder = v.variant("name", [
  v.object({ name: v.picklist(["suspend", "resume", "reload", "drain"]) }),
  v.object({ name: v.literal("stopJob"), ...jobName.entries }),
]);
export type FleetOrder = v.InferOutput<typeof fleetOrder>;

/** A later rule could not have a larger number than one that is beyond all times. */
const largestRuleNumber = 2 ** 52;

/**
 * Whether the forkers on some hosts are suspended. Each rule has a number, which grows with each change: a forker follows a rule
 * once, so an order to this forker alone that comes later lasts.
 */
export const fleetRule = v.object({
  number: v.pipe(count, v.maxValue(largestRuleNumber)),
  suspended: v.boolean(),
  /** The host and the process of the command that ordered it. */
  by: shortText,
});
export type FleetRule = v.InferOutput<typeof fleetRule>;

const hostRule = v.object({ hosts: hostPattern, ...fleetRule.entries });
export type HostRule = v.InferOutput<typeof hostRule>;

/** The latest rule that matches a host applies to it. The first one is for all hosts. */
export const fleetRules = v.pipe(v.array(hostRule), v.maxLength(200));
export type FleetRules = v.InferOutput<typeof fleetRules>;
export const mostRules = 100;

/** Nobody has suspended or resumed the fleet. */
export const noRule: FleetRule = { number: 0, suspended: false, by: "" };

export function ruleFor(rules: FleetRules, host: string): FleetRule {
  const found = rules.findLast(({ hosts }) => matchesGlob(hosts, host));
  if (found === undefined) return noRule;
  const { number, suspended, by } = found;
  return { number, suspended, by };
}

/** The rules after an order. An order to all hosts replaces all rules. */
export function withRule(rules: FleetRules, hosts: string, rule: Omit<FleetRule, "number">, nowMs: number): FleetRules {
  const latest = Math.max(0, ...rules.map(({ number }) => number));
  // A server whose clock is behind continues the numbers of the one before it.
  const added = { hosts, number: Math.max(latest + 1, nowMs), ...rule };
  if (/^\*+$/.test(hosts)) return [added];
  return [...rules.filter((one) => one.hosts !== hosts), added];
}

/** What the stream of commands carries, besides the time until which a command may be obeyed. */
export const fleetCommand = v.object({ order: fleetOrder, hosts: hostPattern, by: shortText });
export type FleetCommand = v.InferOutput<typeof fleetCommand>;

/** done: the order is carried out, or has begun to be. notHeld: no worker of this forker holds the job that should stop. */
export const fleetAnswer = v.object({
  host: shortText,
  pid: count,
  outcome: v.picklist(["done", "refused", "notHeld", "notYet"]),
  text: shortText,
});
export type FleetAnswer = v.InferOutput<typeof fleetAnswer>;
export type FleetOutcome = FleetAnswer["outcome"];

/** What a forker announces about itself, every few seconds. */
export const announcement = v.object({
  host: shortText,
  /** init's. */
  pid: count,
  version: shortText,
  /** 0: no application has loaded yet. */
  generation: count,
  state: v.picklist(["booting", "running", "reloading", "suspended", "draining", "stopping"]),
  workload: shortText,
  workers: count,
  jobs: v.object({ count, latest: v.pipe(v.array(jobName), v.maxLength(20)) }),
});
export type Announcement = v.InferOutput<typeof announcement>;

/** keeper → init: an order from the fleet. `rule`: for suspend and resume. */
export const fleetOrdered = v.object({
  kind: v.literal("fleetOrdered"),
  command: commandId,
  order: fleetOrder,
  by: shortText,
  rule: v.optional(fleetRule),
});
export type FleetOrdered = v.InferOutput<typeof fleetOrdered>;
/** keeper → init: the rule that applies to this host has changed, or the keeper has just read it for the first time. */
export const fleetRuled = v.object({ kind: v.literal("fleetRuled"), rule: fleetRule });
/** keeper → init: commands after this one concern this forker. */
export const fleetJoined = v.object({ kind: v.literal("fleetJoined"), after: commandId });
/** keeper → init: the commands begin again, after this one. `isLost`: Redis has lost the latest ones, and the rules that they made. */
export const fleetRestarted = v.object({ kind: v.literal("fleetRestarted"), after: commandId, isLost: v.boolean() });

/** init → keeper: announce this. `after`: the command that this forker has read last. */
export interface AnnounceMessage {
  readonly kind: "announce";
  readonly announcement: Announcement;
  readonly after: string | undefined;
}

/** init → keeper: the answer to a command. */
export interface FleetAnswerMessage {
  readonly kind: "fleetAnswer";
  readonly command: string;
  readonly outcome: FleetOutcome;
  readonly text: string;
}

/** Whether a command was sent later than another. */
export function isLaterCommand(one: string, other: string | undefined): boolean {
  if (other === undefined) return true;
  const [time = 0n, serial = 0n] = one.split("-").map(BigInt);
  const [otherTime = 0n, otherSerial = 0n] = other.split("-").map(BigInt);
  return time === otherTime ? serial > otherSerial : time > otherTime;
}
