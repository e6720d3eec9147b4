import type { InstanceSigns } from "../../../../src/admin/instance-socket.ts";
import type { Bull } from "../../../../src/bull/library/load-bull.ts";
import type { InstanceId } from "../../../../src/protocol/instance-id.ts";
import type { LogLine } from "../../checks/check.ts";
import { History } from "../../history.ts";
import { Schedule } from "../../machine/schedule.ts";
import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import type { RedisModelOptions } from "../../redis/model-options.ts";
import { RedisModel } from "../../redis/redis-model.ts";
import { type Host, kernel } from "../../time/virtual-time.ts";
import type { JobsCheck } from "../checks/jobs-check.ts";
import type { SimulatedForker } from "../forker/simulated-forker.ts";
import { Network } from "../network/network.ts";
import { Refusals } from "../network/refusals.ts";
import type { JobsFault, JobsScenario } from "../scenario/scenario.ts";
import { Books } from "./books.ts";
import { Ledger } from "./ledger.ts";
import { epochMs, type ProcessFacts } from "./process-globals.ts";

/** Redis, the network, and the processes of some forkers. */
export class JobsWorld {
  readonly scenario: JobsScenario;
  readonly bull: Bull;
  readonly schedule: Schedule;
  readonly history: History;
  readonly server: RedisModel;
  readonly network: Network;
  readonly refusals: Refusals;
  readonly ledger: Ledger;
  readonly forkers: SimulatedForker[] = [];
  readonly announced = new Set<InstanceId>();
  readonly facts = new Map<Host, ProcessFacts>();
  readonly books: Books;
  readonly beforeCommands: (() => void)[] = [];
  readonly afterCommands: ((by: Host | undefined) => void)[] = [];
  /** When each process ended that is not a runner. */
  readonly ends: { readonly process: SimulatedProcess; readonly forker: SimulatedForker; readonly at: number }[] = [];
  readonly failovers: number[] = [];
  /** The jobs that a worker keeps active because Redis has refused their ends for too long. */
  readonly givenUp = new Set<string>();
  /** The jobs of dead workers that Redis has refused to hand back for as long as a lock lasts, until a worker takes them again. */
  readonly leftToStalledCheck = new Set<string>();
  readonly logObservers: ((forker: SimulatedForker, process: SimulatedProcess, line: LogLine) => void)[] = [];
  readonly #forkerOf = new WeakMap<Host, SimulatedForker>();
  /** The seconds in which Redis did not answer. */
  readonly #troubles: number[] = [];
  /** Since when init and the keeper of each forker can run. */
  readonly #guardedSince = new Map<SimulatedForker, number>();
  checks: readonly JobsCheck[] = [];
  /** When the jobs were added that show whether workers take what they say. */
  probedAt = Infinity;
  /** When the jobs were added for which ranges must grow. */
  burstAt = Infinity;
  isOver = false;
  /** The forkers have been ordered to end, and none is started again. */
  isEnding = false;
  violation: string | undefined;
  serverSkewMs = 0;

  constructor(scenario: JobsScenario, bull: Bull) {
    this.scenario = scenario;
    this.bull = bull;
    this.schedule = new Schedule(scenario.seed);
    const { time } = this.schedule;
    this.history = new History(() => time.now);
    this.refusals = new Refusals(this.schedule);
    const options: RedisModelOptions = {
      now: () => Math.floor(epochMs + time.now + this.serverSkewMs),
      setTimer: (delayMs, callback) => {
        const task = time.after(delayMs, kernel, callback);
        return () => {
          task.isCancelled = true;
        };
      },
      decide: (request) => {
        for (const observer of this.beforeCommands) observer();
        return this.refusals.decide(request);
      },
      observe: ({ connectionId }) => {
        const host = this.network.hostOf.get(connectionId);
        this.books.read(host);
        for (const observer of this.afterCommands) observer(host);
      },
      keepPastMs: scenario.faults.some(({ kind }) => kind === "failover") ? 1_000 : 0,
    };
    Object.defineProperty(options, "decideInScript", { get: () => this.refusals.inScript });
    this.server = new RedisModel(options);
    this.books = new Books(this.server, () => time.now);
    this.network = new Network(this.schedule, this.server, this.refusals);
    this.books.listeners.push(({ event, job, fields, by }) => {
      const writer = this.#forkerOf.get(by as Host) === undefined ? "" : this.facts.get(by as Host)?.pid;
      this.history.note({ level: "debug", message: `[books ${writer}] ${job} ${event}`, fields });
    });
    this.ledger = new Ledger(() => time.now);
  }

  get signs(): InstanceSigns {
    return {
      ownNetwork: () => "network",
      instanceSocket: (instanceId) => (this.announced.has(instanceId) ? instanceId : undefined),
      isAnnounced: (instanceId) => this.announced.has(instanceId),
    };
  }

  note(text: string): void {
    this.history.note(text);
  }

  logged(forker: SimulatedForker, process: SimulatedProcess, name: string, line: LogLine): void {
    this.history.note({ ...line, message: `[${name}] ${line.message}` });
    for (const observer of this.logObservers) observer(forker, process, line);
  }

  started(forker: SimulatedForker, process: SimulatedProcess): void {
    this.#forkerOf.set(process, forker);
    this.facts.set(process, { pid: process.pid, skewMs: 0 });
    if (forker.cutOffUntil > this.schedule.time.now) this.network.cut(process, forker.cutOffUntil);
  }

  processEnded(forker: SimulatedForker, process: SimulatedProcess): void {
    if (process.role !== "runner") this.ends.push({ process, forker, at: this.schedule.time.now });
    this.ledger.processEnded(process);
    this.network.processEnded(process);
  }

  processOf(host: Host | undefined): { readonly process: Host; readonly forker: SimulatedForker } | undefined {
    const forker = this.#forkerOf.get(host as SimulatedProcess);
    return forker === undefined || host === undefined ? undefined : { process: host, forker };
  }

  /** Whether each job of the queue runs in a process of its own. */
  isIsolated(queue: string): boolean {
    const { isolatedQueues = [] } = this.scenario.settings[0] ?? {};
    return isolatedQueues.includes(queue) || isolatedQueues.includes("*");
  }

  hadFault(...kinds: readonly JobsFault["kind"][]): boolean {
    return this.scenario.faults.some(({ kind }) => kinds.includes(kind));
  }

  /** Whether commands or answers were refused, lost or late at any time since then, by a fault. */
  hadRedisTrouble(sinceMs: number, untilMs = Infinity): boolean {
    const { network, refusals, failovers } = this;
    const isWithin = (at: number) => at >= sinceMs && at <= untilMs;
    return (
      this.#troubles.some(isWithin) ||
      isWithin(refusals.lastAtMs) ||
      failovers.some(isWithin) ||
      [...network.lostAt.values(), ...network.cutUntil.values()].some((at) => at >= sinceMs) ||
      network.wasSlow(sinceMs)
    );
  }

  /** Whether init and the keeper of this forker have been able to run for as long as that. */
  wasGuarded(forker: SimulatedForker, forMs: number): boolean {
    return this.schedule.time.now - (this.#guardedSince.get(forker) ?? Infinity) >= forMs;
  }

  everySecond(): void {
    const { now } = this.schedule.time;
    if (this.server.reachability !== "up" || this.refusals.refusesConnections !== undefined) this.#troubles.push(now);
    for (const forker of this.forkers) {
      const keeper = forker.isOver ? undefined : forker.living.find(({ role }) => role === "keeper");
      const isGuarded = keeper?.canRun === true && forker.machine.init.canRun;
      if (!isGuarded) this.#guardedSince.delete(forker);
      else if (!this.#guardedSince.has(forker)) this.#guardedSince.set(forker, now);
    }
    for (const { everySecond } of this.checks) everySecond?.();
  }

  /** Keeps the first violation. */
  violated(text: string): void {
    if (this.violation !== undefined) return;
    this.violation = text;
    this.note(`VIOLATION: ${text}`);
  }

  failed(cause: unknown): void {
    this.violated(`code threw: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`);
  }
}
