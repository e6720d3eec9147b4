import { type FleetOrdered, type FleetRule, noRule } from "../../../src/protocol/fleet.ts";

/** As long as `forker fleet` waits for answers by default. */
const lateAfterMs = 10_000;

interface Command {
  readonly id: string;
  readonly name: "suspend" | "resume" | "reload";
  readonly untilMs: number;
}

/** What Redis has of the fleet. */
export class FleetModel {
  rule: FleetRule = noRule;
  readonly #commands: Command[] = [];

  send(name: Command["name"], now: number): void {
    const number = this.#commands.length + 1;
    this.#commands.push({ id: `${number}-0`, name, untilMs: now + lateAfterMs });
    if (name !== "reload") this.rule = { number, suspended: name === "suspend", by: "ops (pid 1)" };
  }

  get latest(): string {
    return this.#commands.at(-1)?.id ?? "0-0";
  }

  /** The command before this one. */
  before(id: string): string {
    return `${Math.max(0, numberOf(id) - 1)}-0`;
  }

  /** How many orders of this kind have been sent. */
  sent(name: Command["name"]): number {
    return this.#commands.filter((one) => one.name === name).length;
  }

  /** Whether a rule with a larger number suspends, or resumes. */
  hasRuledSince(number: number, suspended: boolean): boolean {
    return this.#commands.some(({ id, name }) => numberOf(id) > number && name === (suspended ? "suspend" : "resume"));
  }

  /** The commands after this one, which a keeper passes on to init. */
  after(latest: string, now: number): FleetOrdered[] {
    return this.#commands.slice(numberOf(latest)).flatMap(({ id, name, untilMs }) => {
      if (now > untilMs) return [];
      const rule = name === "reload" ? undefined : this.rule;
      return [{ kind: "fleetOrdered" as const, command: id, order: { name }, by: "ops (pid 1)", rule }];
    });
  }
}

function numberOf(id: string): number {
  return Number(id.split("-")[0]);
}
