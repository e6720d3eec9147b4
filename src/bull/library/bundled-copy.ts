import type { BullWorker } from "./bull-types.ts";
import { bundledErrors, bundledWaitingError } from "./bundled-errors.ts";
import { firstMajorWithBackends } from "./internals.ts";
import { packageOfWorker } from "./loaded-packages.ts";
import { unsupported } from "./unsupported.ts";
import { isBefore, isSupported, parseVersion, type Version } from "./versions.ts";
import { partsOf } from "./worker-parts.ts";

type BullModule = typeof import("bullmq");

/** What the constructor of a Worker shows of its copy of BullMQ. */
export interface FoundCopy {
  readonly worker: BullWorker;
  /** BullMQ's own classes. */
  readonly Worker: unknown;
  readonly RedisConnection: unknown;
  /** From version 6 on. */
  readonly RedisQueueBackend: unknown;
  /** As the connection states it. */
  readonly version: string | undefined;
}

/** A copy of BullMQ that has no module, because it is inside a bundle. */
export interface BundledCopy {
  readonly kind: "bundle";
  /** What forker uses of it. */
  readonly api: BullModule;
  readonly version: Version;
  /** undefined: it is part of another file. */
  readonly file: string | undefined;
}

/** Throws a ForkerError if forker does not take its version. */
export function bundledCopy(found: FoundCopy): BundledCopy {
  const { worker, Worker, RedisConnection, RedisQueueBackend } = found;
  const version = versionOf(found);
  const file = packageOfWorker(Worker)?.file;
  if (!isSupported("bullmq", version)) throw unsupported("bullmq", version, file ?? "inside the application's bundle");
  const { Job, lockManager } = partsOf(worker);
  const api = {
    Worker,
    Job,
    RedisConnection,
    RedisQueueBackend,
    LockManager: lockManager?.constructor,
    QueueKeys: queueKeysOf(worker),
    ...bundledErrors,
    ...(!isBefore(version, "5.55") && { WaitingError: bundledWaitingError }),
  };
  const entries = Object.entries(api).filter(([, value]) => value !== undefined);
  return { kind: "bundle", api: Object.fromEntries(entries) as unknown as BullModule, version, file };
}

/** Early releases of version 5 do not say theirs. Before version 5, a queue had no marker. */
function versionOf({ worker, RedisQueueBackend, version }: FoundCopy): Version {
  if (version !== undefined) return parseVersion(version);
  if (RedisQueueBackend !== undefined) return { ...parseVersion(`${firstMajorWithBackends}.0`), text: "6" };
  const isOlder = !("marker" in worker.keys);
  return isOlder ? { ...parseVersion("4.0"), text: "4 or older" } : { ...parseVersion("5.0"), text: "5" };
}

/** BullMQ's class cannot be reached from a Worker, but the names of the keys can. */
function queueKeysOf({ keys }: BullWorker): object {
  const names = Object.keys(keys);
  return class QueueKeys {
    readonly prefix: string;

    constructor(prefix = "bull") {
      this.prefix = prefix;
    }

    getKeys(queue: string): Record<string, string> {
      return Object.fromEntries(names.map((name) => [name, this.toKey(queue, name)]));
    }

    getQueueQualifiedName(queue: string): string {
      return `${this.prefix}:${queue}`;
    }

    toKey(queue: string, type: string): string {
      return `${this.getQueueQualifiedName(queue)}:${type}`;
    }
  };
}
