import type { Schedule } from "../../machine/schedule.ts";
import { type Decision, type Refusal, type Request, refusals } from "../../redis/model-options.ts";

/** The producers' connections have no faults of their own: what they add is added. */
export const producerName = "producer";

interface Window {
  readonly untilMs: number;
  readonly decide: (request: Request) => Decision;
}

/** What Redis, or the network, does with the commands that arrive. */
export class Refusals {
  readonly #schedule: Schedule;
  #windows: Window[] = [];
  #inScript: { readonly untilMs: number; readonly command: string } | undefined;
  /** The last instant at which a command was refused or lost. */
  lastAtMs = -Infinity;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  refuse(code: keyof typeof refusals, writesOnly: boolean, forMs: number): void {
    const refuse = refusals[code];
    const isSpared = ({ name, access }: Request) =>
      ["HELLO", "CLIENT", "QUIT"].includes(name) || (access === "read" && (writesOnly || name === "INFO"));
    this.#open(forMs, (request) => (isSpared(request) ? "ok" : { refuse }));
  }

  lose(when: "lose-before" | "lose-after", share: number, forMs: number): void {
    this.#open(forMs, () => (this.#schedule.chance(share) ? when : "ok"));
  }

  refuseInScripts(command: string, forMs: number): void {
    this.#inScript = { command, untilMs: this.#schedule.time.now + forMs };
  }

  decide(request: Request): Decision {
    if (this.#windows.length === 0 || request.connectionName === producerName) return "ok";
    const { now } = this.#schedule.time;
    this.#windows = this.#windows.filter(({ untilMs }) => untilMs > now);
    for (const { decide } of this.#windows) {
      const decision = decide(request);
      if (decision === "ok") continue;
      this.lastAtMs = now;
      return decision;
    }
    return "ok";
  }

  /** undefined: no command inside a script is refused, and none need be asked about. */
  get inScript(): ((request: Request) => "ok" | Refusal) | undefined {
    const { now } = this.#schedule.time;
    if (this.#inScript === undefined || this.#inScript.untilMs <= now) return undefined;
    const { command } = this.#inScript;
    return ({ name, connectionName }) => {
      if (name !== command || connectionName === producerName) return "ok";
      this.lastAtMs = now;
      return { refuse: `NOPERM this user has no permissions to run the '${command.toLowerCase()}' command` };
    };
  }

  #open(forMs: number, decide: Window["decide"]): void {
    this.#windows.push({ untilMs: this.#schedule.time.now + forMs, decide });
  }
}
