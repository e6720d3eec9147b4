import type { Logger } from "pino";
import { ownCpuCount } from "../config/cpu-quota.ts";
import { redisUrl } from "../config/environment-value.ts";
import { Refused } from "../config/refused.ts";
import type { UserRequest } from "../config/settings.ts";
import { parseTimes, type TimeLimit } from "../config/time-limits.ts";
import { parseUserRequest } from "../config/user-request.ts";
import type { WorkerSpec } from "../config/workload.ts";
import { describe, workloadOf } from "../config/workload-value.ts";
import { ForkerError } from "../exit/forker-error.ts";

/** What setup() has set, checked. */
export interface SetupValues {
  workload?: readonly WorkerSpec[] | undefined;
  user?: UserRequest;
  queueDiscoveryInterval: number;
  /** By which of its two names it was set. */
  queueDiscoveryIntervalName?: "queueDiscoveryInterval" | "interval";
  logger?: Logger | undefined;
  verbose: boolean;
  timeLimits?: readonly TimeLimit[] | undefined;
  connection?: string | Record<string, unknown> | undefined;
  prefix?: string | undefined;
}

/** Each checks a value of `forker.<name>`, and stores it. */
export const setters = {
  workload(values, value) {
    values.workload = value === undefined ? undefined : workloadOf(value, { cpus: ownCpuCount() });
  },
  queueDiscoveryInterval: (values, value) => setQueueDiscoveryInterval(values, "queueDiscoveryInterval", value),
  interval: (values, value) => setQueueDiscoveryInterval(values, "interval", value),
  verbose(values, value) {
    if (typeof value !== "boolean") throw unexpected("verbose", "true or false", value);
    values.verbose = value;
  },
  timeLimits(values, value) {
    if (value === undefined) values.timeLimits = undefined;
    else if (!isOptions(value)) throw unexpected("timeLimits", 'an object such as { import: "5m/6m" }', value);
    else values.timeLimits = Object.entries(value).map(([pattern, times]) => timeLimit(pattern, times));
  },
  logger(values, value) {
    if (value !== undefined && !isLogger(value)) {
      throw unexpected("logger", "a pino logger (with debug, info, warn, error, fatal and child)", value);
    }
    values.logger = value;
  },
  connection(values, value) {
    if (isClient(value)) {
      throw unexpected(
        "connection",
        "ioredis options or a URL",
        value,
        "give the options: forked workers cannot share a client's connection",
      );
    }
    if (typeof value === "string") {
      const url = redisUrl(value.trim());
      // The string may hold a password, so the message does not show it.
      if (url instanceof Refused)
        throw bad(`forker.connection: expected a redis:// URL, got ${url.got}; ${url.advice}`);
      values.connection = url;
    } else if (value === undefined || isOptions(value)) values.connection = value;
    else throw unexpected("connection", "ioredis options or a URL", value);
  },
  prefix(values, value) {
    if (value !== undefined && (typeof value !== "string" || !/^\S+$/.test(value)))
      throw unexpected("prefix", "a prefix of Redis keys, without blanks", value);
    values.prefix = value;
  },
} satisfies Record<string, (values: SetupValues, value: unknown) => void>;

function setQueueDiscoveryInterval(
  values: SetupValues,
  name: "queueDiscoveryInterval" | "interval",
  value: unknown,
): void {
  if (values.queueDiscoveryIntervalName !== undefined && values.queueDiscoveryIntervalName !== name) {
    const names = "forker.queueDiscoveryInterval or forker.interval";
    throw bad(`forker.${name}: expected ${names}, which are two names of one setting, got both`);
  }
  if (typeof value !== "number" || !(value >= 0.1 && value <= 3600))
    throw unexpected(name, "seconds from 0.1 to 3600", value);
  values.queueDiscoveryIntervalName = name;
  values.queueDiscoveryInterval = value;
}

export function userOf(name: unknown, group: unknown): UserRequest {
  const parts = group === undefined ? [name] : [name, group];
  const request = parts.every(isAccount) ? parseUserRequest(parts.join(":")) : undefined;
  if (request !== undefined) return request;
  throw bad(
    `forker.user(): expected a user and optionally a group, by name or number, got ${parts.map(describe).join(", ")}`,
  );
}

function timeLimit(pattern: string, times: unknown): TimeLimit {
  const limit =
    typeof times === "string" ? parseTimes(pattern, times) : `${describe(times)} for ${pattern}, which is not a string`;
  if (typeof limit !== "string") return limit;
  throw bad(`forker.timeLimits: expected times such as 30s or 5m/6m by queue, got ${limit}`);
}

function isAccount(value: unknown): value is string | number {
  return typeof value === "string" || (typeof value === "number" && Number.isInteger(value) && value >= 0);
}

function isLogger(value: unknown): value is Logger {
  if (typeof value !== "object" || value === null) return false;
  const methods = value as Record<string, unknown>;
  return ["debug", "info", "warn", "error", "fatal", "child"].every((name) => typeof methods[name] === "function");
}

function isClient(value: unknown): boolean {
  return typeof value === "object" && value !== null && "duplicate" in value && typeof value.duplicate === "function";
}

function isOptions(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function unexpected(name: string, expected: string, value: unknown, advice = ""): ForkerError {
  return bad(`forker.${name}: expected ${expected}, got ${describe(value)}${advice === "" ? "" : `; ${advice}`}`);
}

export function bad(message: string): ForkerError {
  return new ForkerError("badConfig", "ERR_FORKER_SETUP", message);
}
