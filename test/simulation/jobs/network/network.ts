import type { Socket } from "node:net";
import { AbstractConnector, Redis, type RedisOptions } from "ioredis";
import type { Bull } from "../../../../src/bull/library/load-bull.ts";
import type { Schedule } from "../../machine/schedule.ts";
import type { RedisModel } from "../../redis/redis-model.ts";
import type { Host } from "../../time/virtual-time.ts";
import { NetworkStream } from "./network-stream.ts";
import type { Refusals } from "./refusals.ts";

interface SlowLink {
  readonly untilMs: number;
  readonly byMs: number;
}

/** The network between simulated processes and one Redis. */
export class Network {
  readonly schedule: Schedule;
  readonly server: RedisModel;
  readonly #streams = new Map<Host, Set<NetworkStream>>();
  /** Whose connection it is, by the server's id. */
  readonly hostOf = new Map<number, Host>();
  /** Until when the packets of these processes do not pass. */
  readonly cutUntil = new Map<Host, number>();
  /** When a connection of these processes last closed, by no wish of theirs. */
  readonly lostAt = new Map<Host, number>();
  /** Until when some packets take long. */
  slowUntil = -Infinity;
  /** The processes whose packets all take longer. */
  readonly #slowLinks = new Map<Host, SlowLink>();
  readonly refusals: Refusals;
  /** They have no faults of their own. */
  readonly spared = new Set<Host>();

  constructor(schedule: Schedule, server: RedisModel, refusals: Refusals) {
    this.schedule = schedule;
    this.server = server;
    this.refusals = refusals;
  }

  delayMs(host: Host): number {
    const cutMs = Math.max(0, (this.cutUntil.get(host) ?? 0) - this.schedule.time.now);
    const link = this.#slowLinks.get(host);
    const slowMs = link !== undefined && this.schedule.time.now < link.untilMs ? link.byMs : 0;
    return cutMs + slowMs + this.#delayMs();
  }

  #delayMs(): number {
    const { schedule, slowUntil } = this;
    if (schedule.time.now < slowUntil && schedule.chance(0.1)) return schedule.between(1, 900);
    return schedule.between(0.05, 0.5);
  }

  /** The option with which an ioredis client of this process connects through this network. */
  connectorOf(host: Host): NonNullable<RedisOptions["Connector"]> {
    const connect = () => this.#connect(host);
    return class extends AbstractConnector {
      constructor() {
        super(2_000);
      }

      // oxlint-disable-next-line typescript/require-await -- ioredis expects a promise
      override async connect(): Promise<Socket> {
        this.connecting = true;
        this.stream = connect() as unknown as Socket;
        return this.stream;
      }
    };
  }

  /** The same BullMQ for a process whose connection options cannot contain a class. */
  bullOf(host: Host, bull: Bull): Bull {
    const Connector = this.connectorOf(host);
    class ConnectedRedis extends Redis {
      constructor(options: RedisOptions) {
        super({ ...options, Connector } as never);
      }
    }
    return { ...bull, Redis: ConnectedRedis as unknown as Bull["Redis"] };
  }

  cut(host: Host, untilMs: number): void {
    this.cutUntil.set(host, Math.max(untilMs, this.cutUntil.get(host) ?? 0));
  }

  slow(host: Host, link: SlowLink): void {
    this.#slowLinks.set(host, link);
  }

  /** Whether packets were slow at any time since then. */
  wasSlow(sinceMs: number): boolean {
    return this.slowUntil >= sinceMs || [...this.#slowLinks.values()].some(({ untilMs }) => untilMs >= sinceMs);
  }

  /** The kernel closes the sockets of a process that has died. What it has written still arrives. */
  processEnded(host: Host): void {
    for (const stream of this.#streams.get(host) ?? []) stream.abandon();
    this.#streams.delete(host);
  }

  #connect(host: Host): NetworkStream {
    const streams = this.#streams.get(host) ?? new Set();
    this.#streams.set(host, streams);
    const stream = new NetworkStream(this, host, () => streams.delete(stream));
    streams.add(stream);
    return stream;
  }
}
