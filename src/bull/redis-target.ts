import type { RedisOptions } from "ioredis";
import { ForkerError } from "../exit/forker-error.ts";

/** What ioredis is constructed with, and how a person names the server: never with a password. */
export interface RedisTarget {
  readonly url: string | undefined;
  readonly options: RedisOptions;
  readonly address: string;
}

const expected = "expected redis://host:port/db, rediss://…, the path of a socket, or ioredis options";

/** `REDIS_URL`, or `forker.connection`: a URL, the path of a unix socket, or ioredis options. */
export function redisTarget(connection: string | Record<string, unknown>): RedisTarget {
  if (typeof connection !== "string") return targetOfOptions(connection);
  if (connection.startsWith("/")) return { url: undefined, options: { path: connection }, address: connection };
  const url = URL.canParse(connection) ? new URL(connection) : undefined;
  if (url?.protocol === "redis:" || url?.protocol === "rediss:") {
    return { url: connection, options: {}, address: `${url.hostname || "localhost"}:${url.port || 6379}` };
  }
  throw badConnection(url === undefined ? "a string that is no URL" : `the scheme ${url.protocol}//`);
}

function targetOfOptions(options: Record<string, unknown>): RedisTarget {
  if (typeof options["duplicate"] === "function") {
    throw badConnection("a client: give its options, each worker opens its own connections after the fork");
  }
  if (options["keyPrefix"]) throw badConnection("keyPrefix, which BullMQ cannot use: set forker.prefix");
  const { url, ...rest } = options;
  if (typeof url === "string") {
    const target = redisTarget(url);
    return { ...target, options: { ...target.options, ...rest } };
  }
  const given: RedisOptions = rest;
  return {
    url: undefined,
    options: given,
    address: given.path ?? `${given.host ?? "localhost"}:${given.port ?? 6379}`,
  };
}

function badConnection(got: string): ForkerError {
  return new ForkerError("badConfig", "ERR_FORKER_REDIS_CONNECTION", `Redis connection: ${expected}, got ${got}`);
}
