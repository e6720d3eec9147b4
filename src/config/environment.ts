import type { Parser } from "./environment-value.ts";
import * as parse from "./environment-value.ts";
import type { Settings } from "./settings.ts";

interface Variable<Value> {
  /** Which of the settings it fills. */
  readonly setting: keyof Settings;
  /** As one would write it. "": unset means that nothing is asked. */
  readonly default: string;
  readonly meaning: string;
  /** The end of "expected …". */
  readonly expected: string;
  readonly parse: Parser<Value>;
}

const duration = "a duration such as 25, 500ms or 2m";

/** Every environment variable. docs/ENVIRONMENT.md is held against this table. */
export const environment = {
  WORKLOAD: {
    setting: "workload",
    default: "*",
    meaning: "The workers and the queues that each takes, in docs/WORKLOAD.md's grammar. Wins over `forker.workload`.",
    expected: "worker specs such as import; import,export x2; *",
    parse: parse.workload,
  },
  REDIS_URL: {
    setting: "redisUrl",
    default: "redis://127.0.0.1:6379",
    meaning: "Where Redis is, in one of the forms of docs/REDIS.md. Wins over `forker.connection`.",
    expected:
      "a URL such as redis://[user:password@]host:6379/0, rediss://…, redis+cluster://… or redis+sentinel://…, or the path of a socket",
    parse: parse.redisUrl,
  },
  FORKER_USER: {
    setting: "user",
    default: "",
    meaning:
      "`name` or `uid`, perhaps `:group` or `:gid`: init itself becomes this user at boot, before any code of the application. Wins over `forker.user()`.",
    expected: "a user such as www-data, www-data:www-data or 1000:1000",
    parse: parse.user,
  },
  FORKER_ENGINE: {
    setting: "engine",
    default: "auto",
    meaning:
      "How workers are made: `fork` from the loaded application, or `spawn`, where each loads it itself. `auto` forks, and spawns where this Node cannot be forked.",
    expected: "auto, fork or spawn",
    parse: parse.oneOf("auto", "fork", "spawn"),
  },
  FORKER_DRAIN_TIMEOUT: {
    setting: "drainTimeoutMs",
    default: "25",
    meaning: "How long running jobs may go on after QUIT. What is left is handed back.",
    expected: duration,
    parse: parse.duration({ minimumMs: 0 }),
  },
  FORKER_RELOAD_DRAIN_TIMEOUT: {
    setting: "reloadDrainTimeoutMs",
    default: "15m",
    meaning: "How long the running jobs of an old worker may go on in a reload. What is left is handed back.",
    expected: duration,
    parse: parse.duration({ minimumMs: 0 }),
  },
  FORKER_STOP_TIMEOUT: {
    setting: "stopTimeoutMs",
    default: "2",
    meaning: "How long an aborted job (TERM, INT, USR1) has to end by itself.",
    expected: duration,
    parse: parse.duration({ minimumMs: 0 }),
  },
  FORKER_BOOT_TIMEOUT: {
    setting: "bootTimeoutMs",
    default: "60",
    meaning: "How long a generation has to load the application, run setup() and become ready.",
    expected: `${duration}, and at least 1s`,
    parse: parse.duration({ minimumMs: 1000 }),
  },
  FORKER_HOOK_TIMEOUT: {
    setting: "hookTimeoutMs",
    default: "30",
    meaning: "How long each of warmup, beforeFirstFork, beforePerform, afterPerform and onFailure may take.",
    expected: `${duration}, and at least 100ms`,
    parse: parse.duration({ minimumMs: 100 }),
  },
  FORKER_STOPPED: {
    setting: "stopped",
    default: "fail",
    meaning: "What becomes of a job that USR1 stopped: it fails, is retried by its attempts, or is handed back.",
    expected: "fail, retry or handback",
    parse: parse.oneOf("fail", "retry", "handback"),
  },
  FORKER_TIME_LIMITS: {
    setting: "timeLimits",
    default: "",
    meaning:
      "How long jobs may take, by queue: after the first time a job's AbortSignal is aborted, after the second it fails with JobTimeoutError, and its process is ended if it goes on. Without a second one that is `FORKER_STOP_TIMEOUT` later. Wins over `forker.timeLimits`.",
    expected: "queues or globs with their times, such as import 5m/6m; mail-* 30s",
    parse: parse.timeLimits,
  },
  FORKER_WEDGED_AFTER: {
    setting: "wedgedAfterMs",
    default: "60",
    meaning:
      "A worker is replaced that takes no job for so long while some wait in its queues, or whose event loop has not turned for so long though it holds no job. `0`: none is.",
    expected: "0, or a duration such as 25, 1500ms or 2m, and at least 1s",
    parse: parse.durationOrNone({ minimumMs: 1000 }),
  },
  FORKER_RECYCLE_JOBS: {
    setting: "recycleJobs",
    default: "",
    meaning: "A worker is replaced, between jobs, after so many.",
    expected: "a whole number from 1",
    parse: parse.wholeNumber,
  },
  FORKER_RECYCLE_AGE: {
    setting: "recycleAgeMs",
    default: "",
    meaning: "A worker is replaced, between jobs, after so long.",
    expected: `${duration}, and at least 1s`,
    parse: parse.duration({ minimumMs: 1000 }),
  },
  FORKER_RECYCLE_MEMORY: {
    setting: "recycleMemoryBytes",
    default: "",
    meaning:
      "A worker is replaced, between jobs, that has so much memory of its own, what it shares with others not counted. A percentage is one of the container's limit.",
    expected: "a size such as 512M or 1.5G, or a percentage such as 20%",
    parse: parse.memory,
  },
  FORKER_SAFETY: {
    setting: "safety",
    default: "error",
    meaning:
      "What is found in the loaded application before it is forked. `error`: open sockets refuse it, foreign threads mean that workers are spawned; `warn` only says so; `off` does not look.",
    expected: "error, warn or off",
    parse: parse.oneOf("error", "warn", "off"),
  },
  FORKER_PREFIX: {
    setting: "prefix",
    default: "",
    meaning: "BullMQ's key prefix. Wins over `forker.prefix`; without either it is `bull`.",
    expected: "a prefix of Redis keys, without blanks, such as bull or {bull}",
    parse: parse.prefix,
  },
  FORKER_LOCK_DURATION: {
    setting: "lockDurationMs",
    default: "30",
    meaning: "How long a job's lock lasts between two renewals: after it, a job of a dead worker counts as stalled.",
    expected: `${duration}, and at least 1s`,
    parse: parse.duration({ minimumMs: 1000 }),
  },
  FORKER_HTTP: {
    setting: "http",
    default: "",
    meaning:
      "Address of the HTTP server for probes, status and metrics; docs/HEALTH.md lists its routes. Unset: no server. init binds it before it changes to `FORKER_USER`.",
    expected: "a port, perhaps with an IP address before it: 8080, :8080, 127.0.0.1:8080 or [::1]:8080",
    parse: parse.httpAddress,
  },
  FORKER_HTTP_HOSTS: {
    setting: "httpHosts",
    default: "",
    meaning:
      "The names by which FORKER_HTTP may be asked: what a request's Host may say. IP addresses and localhost are always answered, so probes need no name; every other name is refused (DNS rebinding).",
    expected: "names without a port, such as workers,workers.jobs.svc or *.jobs.svc, or * for all",
    parse: parse.hostNames,
  },
  FORKER_LOG_LEVEL: {
    setting: "logLevel",
    default: "info",
    meaning: "The least level that is logged.",
    expected: "trace, debug, info, warn, error or silent",
    parse: parse.oneOf("trace", "debug", "info", "warn", "error", "silent"),
  },
  FORKER_LOG_FORMAT: {
    setting: "logFormat",
    default: "auto",
    meaning: "JSON lines, or lines for a person; `auto` is pretty on a terminal and JSON elsewhere.",
    expected: "auto, json or pretty",
    parse: parse.oneOf("auto", "json", "pretty"),
  },
  NODE_OPTIONS: {
    setting: "nodeOptions",
    default: "",
    meaning:
      "The application's: Node's options for the template and the workers, and for the command of `forker -- command`. Node obeys them before our first line; init and the subcommands then start over without them, under the same PID.",
    expected: "options of node",
    parse: parse.asItIs,
  },
} as const satisfies Record<string, Variable<unknown>>;

export type VariableName = keyof typeof environment;
