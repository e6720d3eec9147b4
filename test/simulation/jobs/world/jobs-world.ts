import type { InstanceSigns } from "../../../../src/admin/instance-socket.ts";
import type { Bull } from "../../../../src/bull/library/load-bull.ts";
import type { InstanceId } from "../../../../src/protocol/instance-id.ts";
import type { LogLine } from "../../checks/check.ts";
import { History } from "../../history.ts";
import { Schedule } from "../../machine/schedule.ts";
import type { SimulatedProcess } from "../../machine/simulated-process.ts";
import type { Request } from "../../redis/model-options.ts";
import { RedisModel } from "../../redis/redis-model.ts";
import type { Reply } from "../../redis/reply.ts";
import { type Host, kernel } from "../../time/virtual-time.ts";
import type { SimulatedForker } from "../forker/simulated-forker.ts";
import { Network } from "../network/network.ts";
import { Refusals } from "../network/refusals.ts";
import type { JobsScenario } from "../scenario/scenario.ts";
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
  readonly observers: ((request: Request, reply: Reply) => void)[] = [];
  readonly logObservers: ((forker: SimulatedForker, process: SimulatedProcess, line: LogLine) => void)[] = [];
  violation: string | undefined;
  serverSkewMs = 0;

  constructor(scenario: JobsScenario, bull: Bull) {
    this.scenario = scenario;
    this.bull = bull;
    this.schedule = new Schedule(scenario.seed);
    const { time } = this.schedule;
    this.history = new History(() => time.now);
    this.refusals = new Refusals(this.schedule);
    this.server = new RedisModel({
      now: () => Math.floor(epochMs + time.now + this.serverSkewMs),
      setTimer: (delayMs, callback) => {
        const task = time.after(delayMs, kernel, callback);
        return () => {
          task.isCancelled = true;
        };
      },
      decide: (request) => this.refusals.decide(request),
      observe: (request, reply) => {
        for (const observer of this.observers) observer(request, reply);
      },
      keepPastMs: 1_000,
    });
    this.network = new Network(this.schedule, this.server);
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

  started(process: SimulatedProcess): void {
    this.facts.set(process, { pid: process.pid, skewMs: 0 });
  }

  processEnded(process: SimulatedProcess): void {
    this.network.processEnded(process);
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
