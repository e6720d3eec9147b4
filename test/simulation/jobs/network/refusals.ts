import type { Schedule } from "../../machine/schedule.ts";
import { type Decision, type Refusal, type Request, refusals } from "../../redis/model-options.ts";

/** The producers' connections have no faults of their own: what they add is added. */
export const producerName = "producer";

const stalledCheckKey = /^bull:(.+):stalled-check$/;

interface Window {
  readonly untilMs: number;
  readonly decide: (request: Request) => Decision;
}

/** What Redis, or the network, does with the commands that arrive. */
export class Refusals {
  readonly #schedule: Schedule;
  #windows: Window[] = [];
  #inScript: { readonly untilMs: number; readonly command: string } | undefined;
  /** How Redis refuses new connections. */
  #connections: { readonly untilMs: number; readonly code: "NOAUTH" | "MAXCLIENTS" } | undefined;
  /** The connections without a password that were opened while Redis wanted one. */
  readonly #strangers = new Set<number>();
  /** The queues whose stalled check was refused in its middle. */
  readonly halfwayStalledChecks = new Set<string>();
  /** The words of the command that is executed, which may be a script. */
  #executed: readonly string[] = [];
  /** The last instant at which a command was refused or lost. */
  lastAtMs = -Infinity;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  /** `share`: of the commands; undefined: all. */
  refuse(code: keyof typeof refusals, writesOnly: boolean, forMs: number, share?: number): void {
    const refuse = refusals[code];
    const isSpared = ({ name, access }: Request) =>
      ["HELLO", "CLIENT", "QUIT"].includes(name) || (access === "read" && (writesOnly || name === "INFO"));
    const isLucky = () => share !== undefined && !this.#schedule.chance(share);
    this.#open(forMs, (request) => (isSpared(request) || isLucky() ? "ok" : { refuse }));
  }

  lose(when: "lose-before" | "lose-after", share: number, forMs: number): void {
    this.#open(forMs, () => (this.#schedule.chance(share) ? when : "ok"));
  }

  refuseInScripts(command: string, forMs: number): void {
    this.#inScript = { command, untilMs: this.#schedule.time.now + forMs };
  }

  refuseConnections(code: "NOAUTH" | "MAXCLIENTS", forMs: number): void {
    this.#connections = { code, untilMs: this.#schedule.time.now + forMs };
  }

  /** Whether Redis refuses new connections now, and why. */
  get refusesConnections(): "NOAUTH" | "MAXCLIENTS" | undefined {
    const { untilMs = -Infinity, code } = this.#connections ?? {};
    return this.#schedule.time.now < untilMs ? code : undefined;
  }

  get hasTooManyClients(): boolean {
    if (this.refusesConnections !== "MAXCLIENTS") return false;
    this.lastAtMs = this.#schedule.time.now;
    return true;
  }

  accepted(connectionId: number): void {
    if (this.refusesConnections === "NOAUTH") this.#strangers.add(connectionId);
  }

  decide(request: Request): Decision {
    this.#executed = request.argv;
    if (this.#strangers.has(request.connectionId) && this.refusesConnections === "NOAUTH" && request.name !== "QUIT") {
      this.lastAtMs = this.#schedule.time.now;
      return { refuse: refusals.NOAUTH };
    }
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
      const [, queue] = this.#executed.map((word) => stalledCheckKey.exec(word)).find((found) => found !== null) ?? [];
      if (queue !== undefined) this.halfwayStalledChecks.add(queue);
      return { refuse: `NOPERM this user has no permissions to run the '${command.toLowerCase()}' command` };
    };
  }

  #open(forMs: number, decide: Window["decide"]): void {
    this.#windows.push({ untilMs: this.#schedule.time.now + forMs, decide });
  }
}
