import { hostname } from "node:os";
import { setTimeout } from "node:timers/promises";
import { isatty } from "node:tty";
import { exitOf, type FleetReply, isSettled, repliesOf } from "../admin/fleet-replies.ts";
import { fleetText, repliesText } from "../admin/terminal/fleet-lines.ts";
import { mayColour } from "../admin/terminal/styled.ts";
import { BriefClient } from "../bull/connection/brief-client.ts";
import { redisTarget } from "../bull/connection/redis-target.ts";
import { type Fleet, FleetKeys, type Member } from "../bull/keys/fleet-keys.ts";
import { bundledBull } from "../bull/library/load-bull.ts";
import type { Command } from "../config/command.ts";
import { readRedisPlace } from "../config/read-settings.ts";
import { type ExitName, exitCodes } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { type FleetOrder, type FleetRules, mostRules, withRule } from "../protocol/fleet.ts";
import { matchesGlob } from "../text/glob.ts";
import { printable } from "../text/printable.ts";
import { say } from "./say.ts";

type FleetRequest = Extract<Command, { kind: "fleet" }>;

const pollEveryMs = 100;
/** When the time for answers is over, Redis may take this long to return the answers that it has. */
const lastAnswersMs = 200;
/** How often to try again because somebody else has changed the rules meanwhile. */
const mostTries = 10;
const namedAtMost = 10;

/** `forker fleet`: lists the forkers on this Redis and prefix, or orders all of them to do something. Resolves with the exit code. */
export async function fleet(request: FleetRequest): Promise<number> {
  const { redisUrl, prefix } = readRedisPlace(process.env);
  const target = redisTarget(redisUrl);
  const { timeoutMs } = request;
  const untilMs = performance.now() + timeoutMs;
  const redis = new BriefClient(await bundledBull(), target, timeoutMs + lastAnswersMs);
  const place = `Redis at ${target.address}, prefix ${printable(prefix)}`;
  try {
    await redis.client.connect();
    const keys = new FleetKeys(redis.client, prefix);
    const end = request.order === undefined ? list(keys, request, place) : order(keys, request, place, untilMs);
    return exitCodes[await end].code;
  } catch (cause) {
    if (cause instanceof ForkerError) throw cause;
    const expected = redis.isLate ? `an answer within ${timeoutMs / 1000} s` : "the keys of a fleet";
    const message = `fleet: ${place}: expected ${expected}, got: ${redis.describe(cause)}`;
    throw new ForkerError("noInit", "ERR_FORKER_FLEET_REDIS", message, { cause });
  } finally {
    redis.close();
  }
}

async function list(keys: FleetKeys, { hosts, json }: FleetRequest, place: string): Promise<ExitName> {
  const found = await keys.list();
  const members = membersOn(found, hosts);
  const { rules } = found;
  if (json) say.line(JSON.stringify({ rules, forkers: members }));
  if (members.length === 0) throw nobody(found, hosts, place);
  if (!json) say.styled(fleetText({ members, rules }, mayColour(process.env, isatty(1))));
  return "done";
}

async function order(keys: FleetKeys, request: FleetRequest, place: string, untilMs: number): Promise<ExitName> {
  const { order: wanted, hosts, json, timeoutMs } = request;
  if (wanted === undefined) throw new Error("no order");
  const { command, members } = await send(keys, request, wanted, place, untilMs);
  const replies = await awaitReplies(keys, command, wanted, members, untilMs);
  if (json) say.line(JSON.stringify({ command, order: wanted, hosts, replies }));
  else say.styled(repliesText(replies, mayColour(process.env, isatty(1))));
  const missing = replies.filter(({ outcome }) => outcome === "missing");
  if (missing.length > 0) {
    const named = missing.slice(0, namedAtMost).map(({ host, pid }) => `${printable(host, 60)} (pid ${pid})`);
    const more = missing.length > namedAtMost ? ` and ${missing.length - namedAtMost} more` : "";
    const some = `${missing.length} of ${replies.length} forkers`;
    say.problem(`fleet: no answer within ${timeoutMs / 1000} s from ${some}: ${named.join(", ")}${more}`);
  }
  return exitOf(wanted, replies);
}

/** Sends the order, and returns the forkers that it is meant for. */
async function send(
  keys: FleetKeys,
  { hosts }: FleetRequest,
  wanted: FleetOrder,
  place: string,
  untilMs: number,
): Promise<{ command: string; members: readonly Member[] }> {
  const by = `${printable(hostname(), 255)} (pid ${process.pid})`;
  for (let tries = 0; tries < mostTries; tries++) {
    const found = await keys.list();
    const members = membersOn(found, hosts);
    const rules = rulesAfter(found, wanted, hosts, by);
    // Whatever starts later follows a rule for all hosts. Any other order, or host, is a mistake if nobody is there.
    const isForLater = rules !== undefined && hosts === "*";
    if (members.length === 0 && !isForLater) throw nobody(found, hosts, place);
    const forMs = Math.max(0, Math.round(untilMs - performance.now()));
    const command = await keys.send(found, rules, { order: wanted, hosts, by }, forMs);
    if (command === undefined) continue;
    if (members.length > 0) return { command, members };
    const what = wanted.name === "suspend" ? "forkers that start are suspended" : "forkers that start take jobs";
    throw new ForkerError("noInit", "ERR_FORKER_FLEET_EMPTY", `fleet: ${place}: no forker is announced; ${what}`);
  }
  throw new ForkerError(
    "noInit",
    "ERR_FORKER_FLEET_BUSY",
    "fleet: others changed the rules at the same time: try again",
  );
}

/** undefined: the order changes no rule. */
function rulesAfter({ rules, nowMs }: Fleet, { name }: FleetOrder, hosts: string, by: string): FleetRules | undefined {
  if (name !== "suspend" && name !== "resume") return undefined;
  const changed = withRule(rules, hosts, { suspended: name === "suspend", by }, nowMs);
  if (changed.length <= mostRules) return changed;
  const message = `fleet: expected at most ${mostRules} globs of hosts that are suspended or resumed, got one more: resume the whole fleet`;
  throw new ForkerError("usage", "ERR_FORKER_FLEET_RULES", message);
}

/** Asks for the answers until all are there, or the time has passed. */
async function awaitReplies(
  keys: FleetKeys,
  command: string,
  wanted: FleetOrder,
  members: readonly Member[],
  untilMs: number,
): Promise<FleetReply[]> {
  for (;;) {
    const replies = repliesOf(wanted, members, await keys.readAnswers(command));
    if (isSettled(replies) || performance.now() >= untilMs) return replies;
    await setTimeout(pollEveryMs);
  }
}

function membersOn({ members }: Fleet, hosts: string): Member[] {
  return members
    .filter(({ host }) => matchesGlob(hosts, host))
    .toSorted((one, other) => (one.host < other.host ? -1 : one.host > other.host ? 1 : one.pid - other.pid));
}

function nobody({ members }: Fleet, hosts: string, place: string): ForkerError {
  const code = "ERR_FORKER_FLEET_NOBODY";
  if (members.length === 0) return new ForkerError("noInit", code, `fleet: ${place}: no forker is announced`);
  const known = [...new Set(members.map(({ host }) => printable(host, 60)))].toSorted();
  const more = known.length > namedAtMost ? ` and ${known.length - namedAtMost} more` : "";
  const message = `fleet: expected a host of the fleet, got ${printable(hosts)}: the hosts are ${known.slice(0, namedAtMost).join(", ")}${more}`;
  return new ForkerError("noInit", code, message);
}
