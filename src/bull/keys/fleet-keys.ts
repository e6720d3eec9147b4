import * as v from "valibot";
import {
  type Announcement,
  announcement,
  type FleetAnswer,
  type FleetCommand,
  type FleetRules,
  fleetAnswer,
  fleetCommand,
  fleetRules,
} from "../../protocol/fleet.ts";
import type { InstanceId } from "../../protocol/instance-id.ts";
import type { CommandClient } from "../connection/new-client.ts";
import {
  announceScript,
  answerScript,
  commandsMs,
  leavingMs,
  listScript,
  rememberedMs,
  sendScript,
  withdrawScript,
} from "./fleet-scripts.ts";
import type { Script } from "./script.ts";

type Entry = readonly [id: string, fields: readonly string[]];
type Scripted = CommandClient & {
  forkerAnnounce: Script<[now: number, rules: string, after: string, commands: readonly Entry[]]>;
  forkerWithdraw: Script<number>;
  forkerListFleet: Script<[now: number, rules: string, seen: readonly string[], members: readonly string[]]>;
  forkerSendToFleet: Script<string | null>;
  forkerAnswerFleet: Script<number>;
};

export interface Member extends Announcement {
  readonly instance: InstanceId;
  /** Since it last announced itself, by the clock of Redis. */
  readonly silentMs: number;
}

export interface FoundCommand {
  readonly id: string;
  /** undefined: it is malformed. */
  readonly command: FleetCommand | undefined;
  /** Too much time has passed since it was sent: it must no longer be obeyed. */
  readonly isLate: boolean;
}

export interface News {
  readonly rules: FleetRules;
  /** The position in the commands, for the next announcement. */
  readonly after: string;
  readonly commands: readonly FoundCommand[];
  /** Why the position is before the given one. expired: nobody has sent a command for a day. lost: Redis has lost the latest ones. */
  readonly restart: "expired" | "lost" | undefined;
}

export interface Fleet {
  readonly nowMs: number;
  readonly rules: FleetRules;
  /** For `send()`, which changes the rules only if they are still these. */
  readonly rulesText: string;
  readonly members: readonly Member[];
}

/** The keys of a fleet. They share a hash tag, so that a Cluster has them together: the prefix's if it has one. */
export class FleetKeys {
  readonly #client: Scripted;
  readonly #base: string;

  constructor(client: CommandClient, prefix: string) {
    const scripts = {
      forkerAnnounce: announceScript,
      forkerWithdraw: withdrawScript,
      forkerListFleet: listScript,
      forkerSendToFleet: sendScript,
      forkerAnswerFleet: answerScript,
    };
    for (const [name, lua] of Object.entries(scripts)) client.defineCommand(name, { lua });
    this.#client = client as Scripted;
    this.#base = `${prefix}:forker:{fleet}`;
  }

  /** `own`: undefined if it has not changed since the last call. `after`: undefined: nothing that was sent before concerns it. */
  async announce(instance: InstanceId, own: Announcement | undefined, after: string | undefined): Promise<News> {
    const keys = [this.#seen, this.#members, this.#rules, this.#commands];
    const text = own === undefined ? "" : JSON.stringify(own);
    const [now, rules, latest, entries] = await this.#client.forkerAnnounce(4, ...keys, instance, text, after ?? "");
    // The range includes the command that was read last.
    const commands = entries.filter(([id]) => id !== latest).map((entry) => commandOf(entry, now));
    const restart = latest === (after ?? latest) ? undefined : isExpired(after ?? "", now) ? "expired" : "lost";
    return { rules: parseRules(rules), after: commands.at(-1)?.id ?? latest, commands, restart };
  }

  /** This forker has ended. */
  async withdraw(instance: InstanceId): Promise<void> {
    await this.#client.forkerWithdraw(2, this.#seen, this.#members, instance);
  }

  async readRules(): Promise<FleetRules> {
    return parseRules((await this.#client.get(this.#rules)) ?? "");
  }

  async list(): Promise<Fleet> {
    const keys = [this.#seen, this.#members, this.#rules];
    const [now, rulesText, seen, texts] = await this.#client.forkerListFleet(3, ...keys);
    const known = new Map(pairs(texts));
    const members = pairs(seen).flatMap(([instance, at]): Member[] => {
      const own = parsed(announcement, known.get(instance) ?? "");
      const silentMs = Math.max(0, now - Number(at));
      if (own === undefined || hasEnded(own, silentMs)) return [];
      return [{ ...own, instance, silentMs }];
    });
    return { nowMs: now, rules: parseRules(rulesText), rulesText, members: withoutReplaced(members) };
  }

  /** Resolves with the id of the command; undefined: somebody has changed the rules meanwhile. */
  async send(
    { rulesText }: Pick<Fleet, "rulesText">,
    rules: FleetRules | undefined,
    command: FleetCommand,
    forMs: number,
  ): Promise<string | undefined> {
    const changed = rules === undefined ? "" : JSON.stringify(rules);
    const values = [rulesText, changed, JSON.stringify(command), forMs];
    return (await this.#client.forkerSendToFleet(2, this.#rules, this.#commands, ...values)) ?? undefined;
  }

  async answer(command: string, instance: InstanceId, answer: FleetAnswer): Promise<void> {
    await this.#client.forkerAnswerFleet(1, this.#answers(command), instance, JSON.stringify(answer));
  }

  async readAnswers(command: string): Promise<ReadonlyMap<InstanceId, FleetAnswer>> {
    const answers = new Map<InstanceId, FleetAnswer>();
    for (const [instance, text] of Object.entries(await this.#client.hgetall(this.#answers(command)))) {
      const answer = parsed(fleetAnswer, text);
      if (answer !== undefined) answers.set(instance, answer);
    }
    return answers;
  }

  get #seen(): string {
    return `${this.#base}:seen`;
  }

  get #members(): string {
    return `${this.#base}:members`;
  }

  get #rules(): string {
    return `${this.#base}:rules`;
  }

  get #commands(): string {
    return `${this.#base}:commands`;
  }

  #answers(command: string): string {
    return `${this.#base}:answers:${command}`;
  }
}

/** Redis deletes the stream at this time after the latest command. */
function isExpired(latest: string, now: number): boolean {
  return now - Number(latest.split("-")[0]) >= commandsMs;
}

function hasEnded({ state }: Announcement, silentMs: number): boolean {
  return silentMs > (state === "draining" || state === "stopping" ? leavingMs : rememberedMs);
}

/** A forker that was killed and started again has the same host, and in a container the same pid: its successor's row says enough. */
function withoutReplaced(members: readonly Member[]): Member[] {
  const isReplaced = (one: Member) =>
    one.silentMs > leavingMs &&
    members.some(({ host, pid, silentMs }) => host === one.host && pid === one.pid && silentMs <= leavingMs);
  return members.filter((one) => !isReplaced(one));
}

function commandOf([id, fields]: Entry, now: number): FoundCommand {
  const values = new Map(pairs(fields));
  const until = Number(values.get("until"));
  return { id, command: parsed(fleetCommand, values.get("command") ?? ""), isLate: !(until >= now) };
}

/** Any client of Redis may have written anything: what cannot be read counts as nothing. */
function parseRules(text: string): FleetRules {
  return parsed(fleetRules, text) ?? [];
}

function parsed<Output>(schema: v.GenericSchema<unknown, Output>, text: string): Output | undefined {
  try {
    const result = v.safeParse(schema, JSON.parse(text));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

function pairs(flat: readonly string[]): [string, string][] {
  const found: [string, string][] = [];
  for (let at = 0; at + 1 < flat.length; at += 2) found.push([flat[at] ?? "", flat[at + 1] ?? ""]);
  return found;
}
