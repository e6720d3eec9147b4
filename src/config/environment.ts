import type { Parser } from "./environment-value.ts";
import * as parse from "./environment-value.ts";
import type { Settings } from "./settings.ts";

interface Variable<Value> {
  /** The setting that it fills. */
  readonly setting: keyof Settings;
  /** As a user would write it. "": no default. */
  readonly default: string;
  readonly meaning: string;
  /** The end of "expected …". */
  readonly expected: string;
  readonly parse: Parser<Value>;
}

const duration = "a duration such as 25, 500ms or 2m";

/** Every environment variable. The tables in README.md and docs/ENVIRONMENT.md are made from this one. */
export const environment = {
  WORKLOAD: {
    setting: "workload",
    default: "*",
    meaning:
      "The workers and the queues that each takes, in the grammar of docs/WORKLOAD.md. Wins over `forker.workload`.",
    expected: "worker specs such as import; import,export x2; *",
    parse: parse.workload,
  },
  REDIS_URL: {
    setting: "redisUrl",
    default: "redis://127.0.0.1:6379",
    meaning:
      "The address of Redis, in one of the forms of docs/REDIS.md. Wins over `forker.connection`. An application's own Workers have connections of their own.",
    expected:
      "a URL such as redis://[user:password@]host:6379/0, rediss://…, redis+cluster://… or redis+sentinel://…, or the path of a socket",
    parse: parse.redisUrl,
  },
  FORKER_USER: {
    setting: "user",
    default: "",
    meaning:
      "`name` or `uid`, optionally with `:group` or `:gid`. init itself changes to this user at boot, before it runs any code of the application. Wins over `forker.user()`.",
    expected: "a user such as www-data, www-data:www-data or 1000:1000",
    parse: parse.user,
  },
  FORKER_ENGINE: {
    setting: "engine",
    default: "auto",
    meaning:
      "How forker starts workers. `fork`: from the loaded application. `spawn`: each worker loads the application itself. `auto`: fork, or spawn if this Node cannot be forked.",
    expected: "auto, fork or spawn",
    parse: parse.oneOf("auto", "fork", "spawn"),
  },
  FORKER_DRAIN_TIMEOUT: {
    setting: "drainTimeoutMs",
    default: "25",
    meaning:
      "How long running jobs may continue after QUIT. forker hands back the jobs that still run after this time.",
    expected: duration,
    parse: parse.duration({ minimumMs: 0 }),
  },
  FORKER_RELOAD_DRAIN_TIMEOUT: {
    setting: "reloadDrainTimeoutMs",
    default: "15m",
    meaning:
      "How long the running jobs of an old worker may continue during a reload. forker hands back the jobs that still run after this time.",
    expected: duration,
    parse: parse.duration({ minimumMs: 0 }),
  },
  FORKER_STOP_TIMEOUT: {
    setting: "stopTimeoutMs",
    default: "2",
    meaning: "How long an aborted job (TERM, INT, USR1) may take to end by itself.",
    expected: duration,
    parse: parse.duration({ minimumMs: 0 }),
  },
  FORKER_BOOT_TIMEOUT: {
    setting: "bootTimeoutMs",
    default: "60",
    meaning: "How long a generation may take to load the application, run setup() and become ready.",
    expected: `${duration}, and at least 1s`,
    parse: parse.duration({ minimumMs: 1000 }),
  },
  FORKER_HOOK_TIMEOUT: {
    setting: "hookTimeoutMs",
    default: "30",
    meaning: "How long each of warmup, afterFork, beforePerform, afterPerform and onFailure may take.",
    expected: `${duration}, and at least 100ms`,
    parse: parse.duration({ minimumMs: 100 }),
  },
  FORKER_STOPPED_JOBS: {
    setting: "stoppedJobs",
    default: "fail",
    meaning:
      "What happens to a job that USR1 or `forker stop-job` stopped: it fails, is retried if it has attempts left, or is handed back.",
    expected: "fail, retry or handback",
    parse: parse.oneOf("fail", "retry", "handback"),
  },
  FORKER_TIME_LIMITS: {
    setting: "timeLimits",
    default: "",
    meaning:
      "How long jobs may take, by queue. After the first duration, forker aborts the job's AbortSignal. After the second, or `FORKER_STOP_TIMEOUT` later if there is none, the job fails with JobTimeoutError; if it still runs, forker kills its process. Wins over `forker.timeLimits`.",
    expected: "queues or globs with their times, such as import 5m/6m; mail-* 30s",
    parse: parse.timeLimits,
  },
  FORKER_ISOLATION: {
    setting: "isolatedQueues",
    default: "",
    meaning:
      "The queues whose jobs each run in a process of their own, in addition to those of the application file: docs/ISOLATION.md.",
    expected: "queues or globs, separated by commas, such as thumbnails, mail-*",
    parse: parse.queuePatterns,
  },
  FORKER_RUNNER_MEMORY: {
    setting: "runnerMemoryBytes",
    default: "",
    meaning:
      "The most private memory of the process of an isolated job. Beyond it, forker kills the process, and the job fails. Wins over `memory` of a queue. A percentage refers to the container's memory limit.",
    expected: "a size such as 512M or 1.5G, or a percentage such as 20%",
    parse: parse.memory,
  },
  FORKER_RUNNER_NICE: {
    setting: "runnerNice",
    default: "",
    meaning: "What is added to the nice value of the process of an isolated job. Wins over `nice` of a queue.",
    expected: "a whole number from 0 to 19",
    parse: parse.nice,
  },
  FORKER_QUEUE_EVENTS: {
    setting: "queueEvents",
    default: "off",
    meaning:
      "`keyspace`: the server reports keyspace events for hashes (`notify-keyspace-events Kh`), and workers take a new queue that a glob or `*` matches at once.",
    expected: "off or keyspace",
    parse: parse.oneOf("off", "keyspace"),
  },
  FORKER_STUCK_TIMEOUT: {
    setting: "stuckTimeoutMs",
    default: "60",
    meaning:
      "init replaces a worker that takes no job for this long while jobs wait in its queues, or whose event loop is blocked for this long while it holds no job. `0` disables this.",
    expected: "0, or a duration such as 25, 1500ms or 2m, and at least 1s",
    parse: parse.durationOrNone({ minimumMs: 1000 }),
  },
  FORKER_SPARE: {
    setting: "hasSpare",
    default: "0",
    meaning:
      "`1`: init keeps a spare, one more worker, which takes over the slot of a worker that dies. It costs the memory and the connections of a worker.",
    expected: "0 or 1",
    parse: parse.yesOrNo,
  },
  FORKER_CLEAR_TIME: {
    setting: "clearTimeMs",
    default: "1",
    meaning:
      "For a number of workers on demand (`xMIN..MAX`): init adds workers if clearing the waiting jobs would take longer than this.",
    expected: `${duration}, and at least 10ms`,
    parse: parse.duration({ minimumMs: 10 }),
  },
  FORKER_REMOVE_AFTER: {
    setting: "removeAfterMs",
    default: "30",
    meaning:
      "For a number of workers on demand (`xMIN..MAX`): init removes idle workers when fewer have been enough for this long.",
    expected: `${duration}, and at least 1s`,
    parse: parse.duration({ minimumMs: 1000 }),
  },
  FORKER_RECYCLE_JOBS: {
    setting: "recycleJobs",
    default: "",
    meaning: "init replaces a worker that has run this number of jobs, between two jobs.",
    expected: "a whole number from 1",
    parse: parse.wholeNumber,
  },
  FORKER_RECYCLE_AGE: {
    setting: "recycleAgeMs",
    default: "",
    meaning: "init replaces a worker that has reached this age, between two jobs.",
    expected: `${duration}, and at least 1s`,
    parse: parse.duration({ minimumMs: 1000 }),
  },
  FORKER_RECYCLE_MEMORY: {
    setting: "recycleMemoryBytes",
    default: "",
    meaning:
      "init replaces a worker, between two jobs, when its private memory reaches this size. Private memory does not include what the worker shares with other processes. A percentage refers to the container's memory limit.",
    expected: "a size such as 512M or 1.5G, or a percentage such as 20%",
    parse: parse.memory,
  },
  FORKER_FORK_CHECK: {
    setting: "forkCheck",
    default: "error",
    meaning:
      "What happens if the loaded application cannot be forked safely. `error`: forker refuses open servers, pipes of child processes and SQLite databases, and spawns workers if there are foreign threads. `warn`: forker only logs both. `off`: forker checks nothing.",
    expected: "error, warn or off",
    parse: parse.oneOf("error", "warn", "off"),
  },
  FORKER_PREFIX: {
    setting: "prefix",
    default: "",
    meaning: "BullMQ's key prefix. Wins over `forker.prefix`; `bull` if neither is set.",
    expected: "a prefix of Redis keys, without blanks, such as bull or {bull}",
    parse: parse.prefix,
  },
  FORKER_LOCK_DURATION: {
    setting: "lockDurationMs",
    default: "30",
    meaning: "How long a job's lock lasts without a renewal. After that, BullMQ counts the job as stalled.",
    expected: `${duration}, and at least 1s`,
    parse: parse.duration({ minimumMs: 1000 }),
  },
  FORKER_HTTP: {
    setting: "http",
    default: "",
    meaning:
      "Address of the HTTP server for probes, status and metrics; docs/HEALTH.md lists its routes. Unset: no server. init binds the port before it changes to `FORKER_USER`.",
    expected: "a port, optionally after an IP address: 8080, :8080, 127.0.0.1:8080 or [::1]:8080",
    parse: parse.httpAddress,
  },
  FORKER_HTTP_HOSTS: {
    setting: "httpHosts",
    default: "",
    meaning:
      "The host names in a request's Host header that the HTTP server answers to. It always answers to IP addresses and localhost, so probes need no name. It refuses other names, as a protection against DNS rebinding.",
    expected: "names without a port, such as workers,workers.jobs.svc or *.jobs.svc, or * for all",
    parse: parse.hostNames,
  },
  FORKER_HTTP_TOKEN: {
    setting: "httpToken",
    default: "",
    meaning:
      "The secret with which a person may give orders on the page of `FORKER_HTTP` and over HTTP: docs/PAGE.md. Unset: nobody may. init passes it on to no other process.",
    expected:
      "at least 16 letters, digits or other visible ASCII characters, such as the output of openssl rand -hex 32",
    parse: parse.token,
  },
  FORKER_HTTP_TOKEN_FILE: {
    setting: "httpTokenFile",
    default: "",
    meaning:
      "The path of a file that contains the token, such as a mounted secret, instead of `FORKER_HTTP_TOKEN`. init reads it at boot, before it changes to `FORKER_USER`.",
    expected: "the path of a file",
    parse: parse.asItIs,
  },
  FORKER_FLEET: {
    setting: "fleet",
    default: "on",
    meaning:
      "`on`: forker announces itself in Redis and obeys `forker fleet`, by which everyone who may write to that Redis can suspend, reload and drain it: docs/FLEET.md. `off`: it does not take part.",
    expected: "on or off",
    parse: parse.oneOf("on", "off"),
  },
  FORKER_METRICS_QUEUES: {
    setting: "metricsQueues",
    default: "100",
    meaning:
      "How many queues have metrics and figures of their own: the first that workers take from. The times of the jobs of all others are in one series. `0`: none has, and the keeper counts no jobs.",
    expected: "a whole number from 0 to 1000",
    parse: parse.wholeNumberUpTo(1_000),
  },
  FORKER_LOG_LEVEL: {
    setting: "logLevel",
    default: "info",
    meaning: "Messages below this level are not logged.",
    expected: "trace, debug, info, warn, error or silent",
    parse: parse.oneOf("trace", "debug", "info", "warn", "error", "silent"),
  },
  FORKER_LOG_FORMAT: {
    setting: "logFormat",
    default: "auto",
    meaning: "`json`: JSON lines. `pretty`: lines for people. `auto`: pretty on a terminal, JSON elsewhere.",
    expected: "auto, json or pretty",
    parse: parse.oneOf("auto", "json", "pretty"),
  },
  NODE_OPTIONS: {
    setting: "nodeOptions",
    default: "",
    meaning:
      "Node's options for the application: for the template and the workers, and for the command of `forker -- command`. Node applies them before forker runs; init and the subcommands then restart themselves without them, under the same PID.",
    expected: "options of Node",
    parse: parse.asItIs,
  },
} as const satisfies Record<string, Variable<unknown>>;

export type VariableName = keyof typeof environment;
