import type { Logger } from "pino";
import type { InstanceSigns } from "../admin/instance-socket.ts";
import type { CommandClient } from "../bull/connection/new-client.ts";
import { type Lease, Leases, ReleasedJob } from "../bull/keys/leases.ts";
import { OrphanLocks } from "../bull/keys/orphan-locks.ts";
import type { Lane } from "../bull/worker/lane.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import { SingleFlight } from "../clock/single-flight.ts";
import type { ThrottledWarnings } from "../log/throttled-warnings.ts";
import type { InstanceId } from "../protocol/instance-id.ts";
import type { HandBackParts } from "./death.ts";
import type { HandBackResult } from "./hand-back-result.ts";
import { renewLeaseMs } from "./judge-instance.ts";
import { OrphanSearch } from "./orphan-search.ts";
import { Quarantine, type QuarantineReport } from "./quarantine.ts";

export interface OrphanRecoveryParts {
  readonly client: CommandClient;
  readonly prefix: string;
  readonly instanceId: InstanceId;
  readonly tools: HandBackParts;
  readonly log: Logger;
  readonly warnings: ThrottledWarnings;
  readonly recovered: (recovered: HandBackResult) => void;
  readonly quarantined: (jobs: QuarantineReport) => void;
  readonly lane: (queue: string) => Lane;
  readonly signs: InstanceSigns;
}

/** A renewal that hangs for this long is abandoned, so that the next one can start. */
const abandonAfterMs = 8 * renewLeaseMs;

/**
 * Recovers the jobs of instances that ran on this host and have ended, and renews this instance's lease, which keeps other
 * keepers from recovering the jobs of its workers.
 */
export class OrphanRecovery {
  readonly #parts: OrphanRecoveryParts;
  readonly #leases: Leases;
  readonly #renewals: NodeJS.Timeout;
  readonly #singleFlight = new SingleFlight(abandonAfterMs);
  readonly #quarantine: Quarantine;
  readonly #orphanSearch: OrphanSearch;
  readonly #end = new AbortController();
  readonly #network: string;
  readonly #socket: string | undefined;
  #status: Lease["status"] = "running";

  constructor(parts: OrphanRecoveryParts) {
    this.#parts = parts;
    const { client, prefix, instanceId, tools, log, warnings, recovered, quarantined, lane, signs } = parts;
    const { signal } = this.#end;
    const leases = new Leases(client, prefix);
    const orphanLocks = new OrphanLocks(client, instanceId);
    const quarantine = new Quarantine({
      instanceId,
      orphanLocks,
      released: new ReleasedJob(client, prefix, instanceId),
      lane,
      tools,
      warnings,
      signal,
      recovered,
      quarantined,
      onQuarantined: ({ queue, id: job }, deaths) => log.warn({ queue, job, deaths }, "quarantined job"),
    });
    const network = signs.ownNetwork();
    // If init could not announce its instance, other keepers must not take the missing announcement for its end.
    this.#socket = network === undefined ? undefined : signs.instanceSocket(instanceId);
    this.#network = network !== undefined && this.#socket !== undefined ? network : "unknown";
    this.#leases = leases;
    this.#quarantine = quarantine;
    this.#orphanSearch = new OrphanSearch({
      instanceId,
      leases,
      orphanLocks,
      quarantine,
      warnings,
      clock: monotonicClock,
      network,
      isAnnounced: signs.isAnnounced,
      signal,
    });
    this.#renewals = setInterval(() => this.renewLease(), renewLeaseMs);
  }

  /** Renews the lease at once, in addition to twice a second. */
  renewLease(): void {
    const { client, instanceId, warnings } = this.#parts;
    // A command that is sent while Redis is unreachable would wait for it.
    if (client.status !== "ready") return;
    void this.#singleFlight.run(async () => {
      const lease = { status: this.#status, network: this.#network, socket: this.#socket };
      await this.#leases.renew(instanceId, lease).catch((cause: unknown) => {
        if (!this.#end.signal.aborted) warnings.warn({ cause: (cause as Error).message }, "could not renew the lease");
      });
    });
  }

  /** Searches a queue for orphaned jobs when a worker starts to take from it. */
  takesFrom(lane: Lane): void {
    void this.#orphanSearch.run(lane);
  }

  /** `lanes`: the queues in which jobs are in quarantine, as far as init knows. */
  async leaving(lanes: readonly Lane[]): Promise<void> {
    this.#status = "leaving";
    this.renewLease();
    this.#quarantine.leaving();
    await Promise.all(lanes.map((lane) => this.#orphanSearch.run(lane)));
    this.#quarantine.reportQuarantined();
  }

  close(): void {
    this.#end.abort();
    clearInterval(this.#renewals);
  }
}
