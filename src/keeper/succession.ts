import type { Logger } from "pino";
import { isShown, lifeSocket, ownNetwork } from "../admin/life-socket.ts";
import type { CommandClient } from "../bull/connection/new-client.ts";
import { Inheritance } from "../bull/keys/inheritance.ts";
import { type Lease, Leases, TurnNote } from "../bull/keys/leases.ts";
import type { Lane } from "../bull/worker/lane.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import { Turns } from "../clock/turns.ts";
import type { SparseWarnings } from "../log/sparse-warnings.ts";
import type { Life } from "../protocol/life.ts";
import { jobText } from "../text/printable.ts";
import { renewLeaseMs } from "./judge-life.ts";
import { type KeptBack, LeftBehind } from "./left-behind.ts";
import { Predecessors } from "./predecessors.ts";
import type { Returned, ReturnParts } from "./return-jobs.ts";

export interface SuccessionParts {
  readonly client: CommandClient;
  readonly prefix: string;
  readonly life: Life;
  readonly tools: ReturnParts;
  readonly log: Logger;
  readonly warnings: SparseWarnings;
  readonly returned: (returned: Returned) => void;
  readonly waiting: (jobs: KeptBack) => void;
  readonly lane: (queue: string) => Lane;
}

/** A renewal that hangs is not the last. */
const patienceMs = 8 * renewLeaseMs;

/** Who was on this host before us, and that we are now: a killed forker's jobs go to the next, a living one's to nobody. */
export class Succession {
  readonly #parts: SuccessionParts;
  readonly #leases: Leases;
  readonly #renewals: NodeJS.Timeout;
  readonly #turns = new Turns(patienceMs);
  readonly #leftBehind: LeftBehind;
  readonly #predecessors: Predecessors;
  readonly #end = new AbortController();
  readonly #network: string;
  readonly #socket: string | undefined;
  #mood: Lease["mood"] = "staying";

  constructor(parts: SuccessionParts) {
    this.#parts = parts;
    const { client, prefix, life, tools, log, warnings, returned, waiting, lane } = parts;
    const { signal } = this.#end;
    const leases = new Leases(client, prefix);
    const inheritance = new Inheritance(client, life, tools.lockDurationMs);
    const leftBehind = new LeftBehind({
      life,
      inheritance,
      turn: new TurnNote(client, prefix, life),
      lane,
      tools,
      warnings,
      signal,
      returned,
      waiting,
      waits: ({ queue, id: job }, deaths) =>
        log.warn({ queue, job }, `${jobText({ queue, id: job })} waits for its turn: ${deaths} workers died with it`),
    });
    const network = ownNetwork();
    // Where init could not show its life, nobody may take its absence for its end.
    this.#socket = network === undefined ? undefined : lifeSocket(life);
    this.#network = network !== undefined && this.#socket !== undefined ? network : "unknown";
    this.#leases = leases;
    this.#leftBehind = leftBehind;
    this.#predecessors = new Predecessors({
      life,
      leases,
      inheritance,
      leftBehind,
      warnings,
      clock: monotonicClock,
      network,
      isShown,
      signal,
    });
    this.#renewals = setInterval(() => this.renewLease(), renewLeaseMs);
  }

  /** At once, besides twice a second. */
  renewLease(): void {
    const { client, life, warnings } = this.#parts;
    // What is sent while Redis is away would wait for it.
    if (client.status !== "ready") return;
    void this.#turns.take(async () => {
      const lease = { mood: this.#mood, network: this.#network, socket: this.#socket };
      await this.#leases.renew(life, lease).catch((cause: unknown) => {
        if (!this.#end.signal.aborted)
          warnings.warn({ cause: (cause as Error).message }, "could not say in Redis that this forker lives");
      });
    });
  }

  /** A worker takes from this queue. */
  takesFrom(lane: Lane): void {
    void this.#predecessors.inherit(lane);
  }

  /** `lanes`: where jobs waited by the last that init has heard. */
  async leaving(lanes: readonly Lane[]): Promise<void> {
    this.#mood = "leaving";
    this.renewLease();
    this.#leftBehind.leaving();
    await Promise.all(lanes.map((lane) => this.#predecessors.inherit(lane)));
    this.#leftBehind.tellWaiting();
  }

  close(): void {
    this.#end.abort();
    clearInterval(this.#renewals);
  }
}
