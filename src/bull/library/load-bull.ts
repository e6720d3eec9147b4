import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { ForkerError } from "../../exit/forker-error.ts";
import { checkInternals } from "./check-internals.ts";

type BullModule = typeof import("bullmq");
type RedisModule = typeof import("ioredis");

/** BullMQ and ioredis, loaded. */
export interface Bull {
  readonly api: BullModule;
  readonly Redis: RedisModule["Redis"];
  readonly Cluster: RedisModule["Cluster"];
  readonly version: string;
  readonly major: number;
  /** "app": the application's own copies, which it may have loaded already. "bundle": forker's. */
  readonly origin: "app" | "bundle";
}

/** The first version whose Worker has everything that Lane uses. */
const minimum = { major: 5, minor: 81 };
const bundledMajor = 6;
const loaded = new Map<string, Promise<Bull>>();

/**
 * Loads the application's own BullMQ if it has one, and otherwise the bundled one. A template calls this before it forks, so
 * that its workers share the modules. A worker that loaded them itself would take 60 ms and 20 MB more.
 */
export function loadBull(appPath: string): Promise<Bull> {
  const app = existsSync(appPath) ? realpathSync(appPath) : appPath;
  const found = loaded.get(app) ?? load(app);
  loaded.set(app, found);
  return found;
}

async function load(app: string): Promise<Bull> {
  const bullFile = resolveFrom(app, "bullmq");
  if (bullFile === undefined) return await bundledBull();
  const version = versionOf("bullmq", bullFile);
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major < minimum.major || (major === minimum.major && minor < minimum.minor)) {
    throw new ForkerError(
      "badConfig",
      "ERR_FORKER_BULLMQ_VERSION",
      `bullmq: expected version ${minimum.major}.${minimum.minor} or newer, got ${version} (${bullFile}): npm install bullmq@latest`,
    );
  }
  const api = withNamed<BullModule>(createRequire(app)(bullFile), "Worker");
  checkInternals({ api, version, major, file: bullFile });
  const redisFile = resolveFrom(app, "ioredis") ?? resolveFrom(bullFile, "ioredis");
  const { Redis, Cluster } =
    redisFile === undefined ? await bundledRedis() : withNamed<RedisModule>(createRequire(app)(redisFile), "Redis");
  return { api, Redis, Cluster, version, major, origin: "app" };
}

/** Loads forker's own copies, for a process without an application. */
export async function bundledBull(): Promise<Bull> {
  const api = withNamed<BullModule>(await import("bullmq"), "Worker");
  const { Redis, Cluster } = await bundledRedis();
  return { api, Redis, Cluster, version: "bundled", major: bundledMajor, origin: "bundle" };
}

async function bundledRedis(): Promise<RedisModule> {
  return withNamed<RedisModule>(await import("ioredis"), "Redis");
}

function resolveFrom(file: string, name: string): string | undefined {
  try {
    return createRequire(file).resolve(name);
  } catch {
    return undefined;
  }
}

/** Node exports a CommonJS module's names only if its lexer finds them; `default` has all of them. */
function withNamed<Module>(namespace: unknown, name: keyof Module & string): Module {
  const module = namespace as Module & { default?: Module };
  return module[name] === undefined && module.default !== undefined ? module.default : module;
}

function versionOf(name: string, file: string): string {
  for (let folder = path.dirname(file); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    const manifest = path.join(folder, "package.json");
    if (!existsSync(manifest)) continue;
    const { name: found, version } = JSON.parse(readFileSync(manifest, "utf8")) as { name?: string; version?: string };
    if (found === name && version !== undefined) return version;
  }
  return "unknown";
}
