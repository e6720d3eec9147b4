import type { Logger } from "pino";
import type { CommandClient } from "../bull/connection/new-client.ts";
import { FleetKeys, type FoundCommand, type News } from "../bull/keys/fleet-keys.ts";
import { SingleFlight } from "../clock/single-flight.ts";
import type { ThrottledWarnings } from "../log/throttled-warnings.ts";
import {
  type AnnounceMessage,
  type Announcement,
  type FleetAnswerMessage,
  type FleetRule,
  ruleFor,
} from "../protocol/fleet.ts";
import type { InstanceId } from "../protocol/instance-id.ts";
import type { KeeperMessage } from "../protocol/keeper-messages.ts";
import { matchesGlob } from "../text/glob.ts";

export interface FleetMemberParts {
  readonly client: CommandClient;
  readonly prefix: string;
  readonly instanceId: InstanceId;
  readonly log: Logger;
  readonly warnings: ThrottledWarnings;
  readonly send: (message: KeeperMessage) => void;
}

/** How often the keeper looks for commands. It writes what it announces when that has changed, and every few times. */
const lookEveryMs = 1_000;
const announceEvery = 5;
const abandonAfterMs = 4 * lookEveryMs;

/**
 * Announces this forker in Redis, passes on to init what the fleet orders, and writes init's answers. init tells it whether to:
 * until its first `announce`, it does nothing.
 */
export class FleetMember {
  readonly #parts: FleetMemberParts;
  readonly #keys: FleetKeys;
  readonly #singleFlight = new SingleFlight(abandonAfterMs);
  #looks: NodeJS.Timeout | undefined;
  #announcement: Announcement | undefined;
  #announced: Announcement | undefined;
  #looked = 0;
  #hasWithdrawn = false;
  #after: string | undefined;
  #ruleNumber: number | undefined;
  /** Why the last look failed. */
  #problem: string | undefined;
  readonly #unwritten: FleetAnswerMessage[] = [];

  constructor(parts: FleetMemberParts) {
    this.#parts = parts;
    this.#keys = new FleetKeys(parts.client, parts.prefix);
  }

  announce({ announcement, after }: AnnounceMessage): void {
    if (this.#hasWithdrawn) return;
    this.#announcement = announcement;
    this.#after ??= after;
    if (this.#looks !== undefined) return;
    this.#looks = setInterval(() => this.look(), lookEveryMs);
    this.look();
  }

  /** Writes the answer at once, or when Redis is available again. */
  answer(answer: FleetAnswerMessage): void {
    this.#unwritten.push(answer);
    void this.#write();
  }

  /** Looks for commands at once, in addition to once a second. */
  look(): void {
    // A command that is sent while Redis is unreachable would wait for it.
    if (this.#hasWithdrawn || this.#announcement === undefined || !this.#isConnected) return;
    const own = this.#announcement;
    if (this.#unwritten.length > 0) void this.#write();
    void this.#singleFlight.run(async () => {
      const isNew = own !== this.#announced || this.#looked % announceEvery === 0;
      try {
        const news = await this.#keys.announce(this.#parts.instanceId, isNew ? own : undefined, this.#after);
        this.#looked += 1;
        this.#announced = own;
        this.#problem = undefined;
        this.#take(news, own.host);
      } catch (cause) {
        this.#failed((cause as Error).message);
      }
    });
  }

  /** Removes the announcement, because init is about to exit, and then writes the answers that init has given meanwhile. */
  async withdraw(): Promise<void> {
    this.#hasWithdrawn = true;
    clearInterval(this.#looks);
    if (this.#announcement === undefined || !this.#isConnected) return;
    try {
      await this.#keys.withdraw(this.#parts.instanceId);
    } catch (cause) {
      this.#failed((cause as Error).message);
    }
    await this.#write();
  }

  close(): void {
    clearInterval(this.#looks);
    this.#announcement = undefined;
  }

  get #isConnected(): boolean {
    return this.#parts.client.status === "ready";
  }

  /** A Redis user without the permission for the fleet stays without it: the log says it once. */
  #failed(cause: string): void {
    if (cause === this.#problem || this.#announcement === undefined) return;
    this.#problem = cause;
    this.#parts.warnings.warn({ cause }, "could not take part in the fleet");
  }

  async #write(): Promise<void> {
    const { instanceId, warnings } = this.#parts;
    if (this.#announcement === undefined || !this.#isConnected) return;
    const { host, pid } = this.#announcement;
    for (const answer of this.#unwritten.splice(0)) {
      const { command, outcome, text } = answer;
      await this.#keys.answer(command, instanceId, { host, pid, outcome, text }).catch((cause: unknown) => {
        warnings.warn({ cause: (cause as Error).message }, "could not answer the fleet");
      });
    }
  }

  #take({ rules, after, commands, restart }: News, host: string): void {
    if (this.#announcement === undefined) return;
    const { send } = this.#parts;
    const rule = ruleFor(rules, host);
    // The numbers of a host's rules grow, unless Redis has lost the latest.
    const isLost = restart === "lost" || rule.number < (this.#ruleNumber ?? 0);
    if (this.#after === undefined) send({ kind: "fleetJoined", after });
    else if (restart !== undefined) send({ kind: "fleetRestarted", after, isLost });
    else if (isLost) send({ kind: "fleetRestarted", after: this.#after, isLost });
    if (isLost) this.#announced = undefined;
    this.#after = after;
    for (const found of commands) this.#obey(found, host, rule);
    // After the commands: init answers the command that has changed the rule.
    if (rule.number === this.#ruleNumber) return;
    this.#ruleNumber = rule.number;
    send({ kind: "fleetRuled", rule });
  }

  #obey({ id, command, isLate }: FoundCommand, host: string, rule: FleetRule): void {
    const { send, log, warnings } = this.#parts;
    if (command === undefined) {
      warnings.warn({ command: id }, "ignored a fleet command that forker cannot read");
      return;
    }
    if (!matchesGlob(command.hosts, host)) return;
    const { order, by } = command;
    if (isLate) {
      log.warn({ order: order.name, by, command: id }, "ignored a fleet command that came too late");
      return;
    }
    const hasRule = order.name === "suspend" || order.name === "resume";
    send({ kind: "fleetOrdered", command: id, order, by, ...(hasRule && { rule }) });
  }
}
