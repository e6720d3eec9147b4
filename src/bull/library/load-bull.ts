import { existsSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import type { Logger } from "pino";
import type { BullPlace } from "../../protocol/bull-place.ts";
import { adoptedWorkers } from "../adoption/adopt-bull.ts";
import type { AdoptedCopy } from "../adoption/adopted-workers.ts";
import { bundlesWithBull } from "./bundle-files.ts";
import type { BundledCopy } from "./bundled-copy.ts";
import { checkInternals } from "./check-internals.ts";
import { firstMajorWithBackends } from "./internals.ts";
import { packageOfWorker } from "./loaded-packages.ts";
import { ownCopy } from "./own-copy.ts";
import { type FoundPackage, findPackage, packageAt } from "./resolve-package.ts";
import { unsupported } from "./unsupported.ts";
import { isSupported, parseVersion, type Version } from "./versions.ts";

type BullModule = typeof import("bullmq");
type RedisModule = typeof import("ioredis");

/** BullMQ and ioredis, loaded. */
export interface Bull {
  readonly api: BullModule;
  readonly Redis: RedisModule["Redis"];
  readonly Cluster: RedisModule["Cluster"];
  readonly version: string;
  readonly major: number;
  /**
   * "app": the application's own package, which it may have loaded already. "given": the copy that the application passed to
   * `defineForker`. "found": the copy inside the application's bundle that its Workers are of. "bundle": forker's.
   */
  readonly origin: "app" | "given" | "found" | "bundle";
  /**
   * The major version that the keys in Redis are of, if it is another: this copy stands in for the application's in a process
   * that cannot load that.
   */
  readonly standsInFor?: number | undefined;
  /** The package's file; undefined: the copy is part of another file. */
  readonly file?: string | undefined;
}

interface LoadedBull {
  readonly bull: Promise<Bull>;
  /** "given": the application's choice, whatever its Workers are of. */
  readonly for: AdoptedCopy | "given" | undefined;
}

const bundledMajor = 6;
const loaded = new Map<string, LoadedBull>();

/**
 * Loads the application's own BullMQ if it has one, the one of its Workers first, and otherwise the bundled one. A template calls this before it forks, so
 * that its workers share the modules. A worker that loaded them itself would take 60 ms and 20 MB more.
 */
export function loadBull(appPath: string): Promise<Bull> {
  const app = realPath(appPath);
  const { copy } = adoptedWorkers;
  const known = loaded.get(app);
  // The first Worker, which may be created late, shows the copy that counts.
  if (known !== undefined && (known.for === "given" || known.for === copy)) return known.bull;
  const bull = load(app);
  loaded.set(app, { bull, for: copy });
  return bull;
}

/**
 * Whether the application has its BullMQ inside its bundle, and has not shown it by a Worker yet: loadBull() would load another
 * copy.
 */
export function isBullAwaited(appPath: string): boolean {
  return adoptedWorkers.copy === undefined && bundlesWithBull(realPath(appPath)).length > 0;
}

/**
 * Makes `loadBull` return this copy of BullMQ for the application: the namespace of `import * as bullmq`, from inside a bundle.
 * Its errors and classes are then those of the application's code.
 */
export async function useBull(namespace: object, appPath: string): Promise<Bull> {
  const app = realPath(appPath);
  const api = withNamed<BullModule>(namespace, "Worker");
  const { version, file } = packageOfWorker(api.Worker) ?? { version: versionOfNamespace(api), file: undefined };
  const from = file ?? "the bullmq of defineForker()";
  if (!isSupported("bullmq", version)) throw unsupported("bullmq", version, from);
  checkInternals({ api, version, from });
  const redis = await redisFor(app, file);
  const bull: Bull = { api, ...redis, version: version.text, major: version.major, origin: "given", file };
  loaded.set(app, { bull: Promise.resolve(bull), for: "given" });
  return bull;
}

async function load(app: string): Promise<Bull> {
  const { copy } = adoptedWorkers;
  if (copy?.kind === "bundle") return await foundBull(copy, app);
  const found = copy === undefined ? findPackage(app, "bullmq") : packageAt("bullmq", copy.mainFile);
  return found === undefined ? await bundledBull() : await loadPackage(found, app);
}

async function foundBull({ api, version, file }: BundledCopy, app: string): Promise<Bull> {
  checkInternals({ api, version, from: file ?? "inside the application's bundle", isPartial: true });
  return { api, ...(await redisFor(app, file)), version: version.text, major: version.major, origin: "found", file };
}

/** Loads this package of BullMQ, for the file `from`. */
async function loadPackage({ file, version }: FoundPackage, from: string): Promise<Bull> {
  if (!isSupported("bullmq", version)) throw unsupported("bullmq", version, file);
  const api = withNamed<BullModule>(createRequire(from)(file), "Worker");
  checkInternals({ api, version, from: file });
  return { api, ...(await redisFor(from, file)), version: version.text, major: version.major, origin: "app", file };
}

/** For another process that must use the same BullMQ. */
export function placeOf({ version, major, file }: Bull): BullPlace {
  return { version, major, file };
}

/**
 * Loads the BullMQ of another process, with forker's own ioredis. If that is not possible, forker's own stands in.
 */
export async function bullAt({ version, major, file }: BullPlace, log: Logger): Promise<Bull> {
  if (file !== undefined) {
    try {
      const bull = await loadPackage({ file, version: parseVersion(version) }, file);
      return { ...bull, ...(await bundledRedis()) };
    } catch (cause) {
      const fields = { file, cause: (cause as Error).message };
      log.warn(fields, "could not load the application's BullMQ: forker's own takes its place in this process");
    }
  }
  const own = await bundledBull();
  return major === own.major ? own : { ...own, standsInFor: major };
}

/** Loads forker's own copies, for a process without an application. */
export async function bundledBull(): Promise<Bull> {
  const api = withNamed<BullModule>((await ownCopy()).bullmq, "Worker");
  return { api, ...(await bundledRedis()), version: "bundled", major: bundledMajor, origin: "bundle" };
}

type Clients = Pick<RedisModule, "Redis" | "Cluster">;

/** The application's ioredis, or the one that its BullMQ has for itself, or forker's. */
async function redisFor(app: string, bullFile: string | undefined): Promise<Clients> {
  const found = [app, ...(bullFile === undefined ? [] : [bullFile])].flatMap(
    (from) => findPackage(from, "ioredis") ?? [],
  );
  const usable = found.find(({ version }) => isSupported("ioredis", version));
  if (usable !== undefined) return clientsOf(createRequire(app)(usable.file));
  const [refused] = found;
  if (refused !== undefined) throw unsupported("ioredis", refused.version, refused.file);
  return await bundledRedis();
}

async function bundledRedis(): Promise<Clients> {
  return clientsOf((await ownCopy()).ioredis);
}

function clientsOf(namespace: unknown): Clients {
  // Before 5.3 the class has no name of its own among the exports: it is what the module exports.
  const module: Pick<RedisModule, "default" | "Cluster"> & Partial<RedisModule> = withNamed(namespace, "Cluster");
  return { Redis: module.Redis ?? module.default, Cluster: module.Cluster };
}

/** A namespace does not have a version. Only the names that every version of the major has are checked. */
function versionOfNamespace(api: BullModule): Version {
  const major = "RedisQueueBackend" in api ? firstMajorWithBackends : firstMajorWithBackends - 1;
  return { ...parseVersion(`${major}.0`), text: `${major}` };
}

/** Node exports a CommonJS module's names only if its lexer finds them; `default` has all of them. */
function withNamed<Module>(namespace: unknown, name: keyof Module & string): Module {
  const module = namespace as Module & { default?: Module };
  return module[name] === undefined && module.default !== undefined ? module.default : module;
}

function realPath(file: string): string {
  return existsSync(file) ? realpathSync(file) : file;
}
