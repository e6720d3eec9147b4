import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { absoluteAppPath, startFolder } from "../../../src/config/app-path.ts";
import { formatDuration, parseDuration } from "../../../src/config/duration.ts";
import { environment } from "../../../src/config/environment.ts";
import { type ReadSettings, readSettings } from "../../../src/config/read-settings.ts";
import type { Settings } from "../../../src/config/settings.ts";

function settingsOf(env: NodeJS.ProcessEnv): Settings {
  const read = readSettings(env, "./workers.mjs");
  assert.ok("settings" in read, JSON.stringify(problemsIn(read)));
  return read.settings;
}

function problemsIn(read: ReadSettings): string[] {
  return "problems" in read ? read.problems.map(({ message }) => message) : [];
}

function problemOf(env: NodeJS.ProcessEnv): string {
  const problems = problemsIn(readSettings(env, "./workers.mjs"));
  assert.equal(problems.length, 1, JSON.stringify(problems));
  return problems[0] ?? "";
}

test("an empty environment gives the defaults", () => {
  assert.deepEqual(settingsOf({}), {
    appPath: path.resolve("workers.mjs"),
    workload: undefined,
    redisUrl: "redis://127.0.0.1:6379",
    redisUrlGiven: false,
    prefix: undefined,
    engine: "auto",
    user: undefined,
    drainTimeoutMs: 25_000,
    reloadDrainTimeoutMs: 900_000,
    stopTimeoutMs: 2000,
    bootTimeoutMs: 60_000,
    hookTimeoutMs: 30_000,
    lockDurationMs: 30_000,
    stoppedJobs: "fail",
    timeLimits: undefined,
    isolatedQueues: undefined,
    runnerMemoryBytes: undefined,
    runnerNice: undefined,
    queueEvents: "off",
    stuckTimeoutMs: 60_000,
    hasSpare: false,
    fleet: "on",
    clearTimeMs: 1_000,
    removeAfterMs: 30_000,
    metricsQueues: 100,
    httpTokenFile: undefined,
    recycleJobs: undefined,
    recycleAgeMs: undefined,
    recycleMemoryBytes: undefined,
    forkCheck: "error",
    http: undefined,
    httpHosts: undefined,
    httpToken: undefined,
    logLevel: "info",
    logFormat: "auto",
    nodeOptions: undefined,
  } satisfies Settings);
});

test("an empty or blank variable counts as unset", () => {
  const blank = Object.fromEntries(Object.keys(environment).map((name) => [name, "  "]));
  assert.deepEqual(settingsOf(blank), settingsOf({}));
});

describe("values", () => {
  const values: [env: NodeJS.ProcessEnv, settings: Partial<Settings>][] = [
    [{ WORKLOAD: "import; *" }, { workload: "import; *" }],
    [{ FORKER_STUCK_TIMEOUT: "0" }, { stuckTimeoutMs: 0 }],
    [{ FORKER_QUEUE_EVENTS: "keyspace" }, { queueEvents: "keyspace" }],
    [{ FORKER_SPARE: "1" }, { hasSpare: true }],
    [{ FORKER_RECYCLE_JOBS: "1000" }, { recycleJobs: 1_000 }],
    [{ FORKER_RECYCLE_AGE: "2h" }, { recycleAgeMs: 7_200_000 }],
    [{ FORKER_RECYCLE_MEMORY: "1.5G" }, { recycleMemoryBytes: 1_610_612_736 }],
    [
      { FORKER_TIME_LIMITS: "import 5m/6m;\nmail-* 30s;" },
      {
        timeLimits: [
          { pattern: "import", softMs: 300_000, hardMs: 360_000 },
          { pattern: "mail-*", softMs: 30_000, hardMs: undefined },
        ],
      },
    ],
    [{ REDIS_URL: " redis://r:6380/3 " }, { redisUrl: "redis://r:6380/3", redisUrlGiven: true }],
    [{ REDIS_URL: "rediss://u:p%40w@[::1]" }, { redisUrl: "rediss://u:p%40w@[::1]" }],
    [{ REDIS_URL: "/run/redis.sock" }, { redisUrl: "/run/redis.sock" }],
    [{ FORKER_USER: "www-data" }, { user: { user: "www-data", group: undefined } }],
    [{ FORKER_USER: "www-data:33" }, { user: { user: "www-data", group: 33 } }],
    [{ FORKER_USER: "1000:1000" }, { user: { user: 1000, group: 1000 } }],
    [{ FORKER_USER: "root" }, { user: { user: "root", group: undefined } }],
    [{ FORKER_ENGINE: "SPAWN" }, { engine: "spawn" }],
    [{ FORKER_DRAIN_TIMEOUT: "500ms" }, { drainTimeoutMs: 500 }],
    [{ FORKER_DRAIN_TIMEOUT: "0" }, { drainTimeoutMs: 0 }],
    [{ FORKER_RELOAD_DRAIN_TIMEOUT: "1.5h" }, { reloadDrainTimeoutMs: 5_400_000 }],
    [{ FORKER_STOP_TIMEOUT: "10s" }, { stopTimeoutMs: 10_000 }],
    [{ FORKER_BOOT_TIMEOUT: "2 m" }, { bootTimeoutMs: 120_000 }],
    [{ FORKER_HOOK_TIMEOUT: "1" }, { hookTimeoutMs: 1000 }],
    [{ FORKER_STOPPED_JOBS: "handback" }, { stoppedJobs: "handback" }],
    [{ FORKER_FORK_CHECK: "off" }, { forkCheck: "off" }],
    [{ FORKER_PREFIX: "{bull}" }, { prefix: "{bull}" }],
    [{ FORKER_LOCK_DURATION: "5" }, { lockDurationMs: 5000 }],
    [{ FORKER_HTTP: "8080" }, { http: { host: undefined, port: 8080 } }],
    [{ FORKER_HTTP: ":80" }, { http: { host: undefined, port: 80 } }],
    [{ FORKER_HTTP: "127.0.0.1:8080" }, { http: { host: "127.0.0.1", port: 8080 } }],
    [{ FORKER_HTTP: "LocalHost:65535" }, { http: { host: "127.0.0.1", port: 65_535 } }],
    [{ FORKER_HTTP: "[::1]:8080" }, { http: { host: "::1", port: 8080 } }],
    [{ FORKER_HTTP_HOSTS: "Workers, *.jobs.svc" }, { httpHosts: ["workers", "*.jobs.svc"] }],
    [{ FORKER_HTTP_HOSTS: "*" }, { httpHosts: ["*"] }],
    [{ FORKER_ISOLATION: "thumbnails, mail-*" }, { isolatedQueues: ["thumbnails", "mail-*"] }],
    [{ FORKER_HTTP_TOKEN_FILE: "/run/secrets/token" }, { httpTokenFile: "/run/secrets/token" }],
    [{ FORKER_METRICS_QUEUES: "0" }, { metricsQueues: 0 }],
    [{ FORKER_METRICS_QUEUES: "1000" }, { metricsQueues: 1_000 }],
    [{ FORKER_LOG_LEVEL: "debug" }, { logLevel: "debug" }],
    [{ FORKER_LOG_FORMAT: "json" }, { logFormat: "json" }],
    [{ NODE_OPTIONS: "--import tsx" }, { nodeOptions: "--import tsx" }],
  ];
  for (const [env, expected] of values) {
    test(JSON.stringify(env), () =>
      assert.deepEqual({ ...settingsOf({}), ...expected, redisUrlGiven: "REDIS_URL" in env }, settingsOf(env)),
    );
  }
});

describe("mistakes", () => {
  const mistakes: [env: NodeJS.ProcessEnv, message: string | RegExp][] = [
    [
      { FORKER_DRAIN_TIMEOUT: "soon" },
      'FORKER_DRAIN_TIMEOUT: expected a duration such as 25, 500ms or 2m, got "soon"; units are ms, s, m and h; a plain number is seconds',
    ],
    [{ FORKER_DRAIN_TIMEOUT: "-1" }, /got "-1"/],
    [{ FORKER_DRAIN_TIMEOUT: "25d" }, /got "25d"/],
    [{ FORKER_DRAIN_TIMEOUT: "1e3" }, /got "1e3"/],
    [{ FORKER_DRAIN_TIMEOUT: "25h" }, /the maximum is 24h/],
    [{ FORKER_BOOT_TIMEOUT: "0" }, /and at least 1s, got "0"$/],
    [{ FORKER_METRICS_QUEUES: "1001" }, /expected a whole number from 0 to 1000, got "1001"$/],
    [{ FORKER_METRICS_QUEUES: "mail" }, /got "mail"$/],
    [{ FORKER_LOCK_DURATION: "10ms" }, /and at least 1s, got "10ms"$/],
    [{ FORKER_ENGINE: "frok" }, 'FORKER_ENGINE: expected auto, fork or spawn, got "frok"; did you mean fork?'],
    [{ FORKER_LOG_LEVEL: "loud" }, /expected trace, debug, info, warn, error or silent, got "loud"$/],
    [{ FORKER_USER: "a:b:c" }, /got "a:b:c"$/],
    [{ FORKER_USER: ":33" }, /got ":33"$/],
    [{ FORKER_USER: "4294967295" }, /got "4294967295"$/],
    [{ FORKER_USER: "-x" }, /got "-x"$/],
    [{ FORKER_PREFIX: "a b" }, /got "a b"$/],
    [
      { FORKER_HTTP: "0" },
      'FORKER_HTTP: expected a port, optionally after an IP address: 8080, :8080, 127.0.0.1:8080 or [::1]:8080, got "0"',
    ],
    [{ FORKER_HTTP: "65536" }, /got "65536"$/],
    [{ FORKER_HTTP_HOSTS: "workers:8080" }, /^FORKER_HTTP_HOSTS: .*got "workers:8080"; .*without a port/],
    [{ FORKER_HTTP_HOSTS: "10.0.0.7" }, /leave IP addresses out, which are always allowed/],
    [{ FORKER_HTTP_HOSTS: "a,,b" }, /got "a,,b"$/],
    [{ FORKER_ISOLATION: "a,,b" }, /^FORKER_ISOLATION: expected queues or globs, .*got "a,,b"$/],
    [{ FORKER_ISOLATION: "*,!mail" }, /got "\*,!mail"; leave out a queue by not naming it/],
    [{ FORKER_ISOLATION: "mail import" }, /got "mail import"; put a comma between two queues, and \? for a space/],
    [{ FORKER_HTTP_HOSTS: "a*.b" }, /got "a\*\.b"$/],
    [{ FORKER_HTTP: "health:8080" }, /got "health:8080"; localhost is the only name that works; use an IP address$/],
    [{ FORKER_HTTP: "::1:8080" }, /got "::1:8080"$/],
    [{ FORKER_HTTP: "[127.0.0.1]:8080" }, /got "\[127/],
    [{ FORKER_HTTP: "127.0.0.1" }, /got "127.0.0.1"$/],
    [{ FORKER_HTTP: "300.0.0.1:80" }, /got "300.0.0.1:80"$/],
    [{ REDIS_URL: "localhost:6379" }, /begin it with redis:\/\/$/],
    [{ REDIS_URL: "http://localhost" }, /got a URL with the scheme http/],
    [{ REDIS_URL: "redis://" }, /got a malformed URL/],
    [{ REDIS_URL: "redis://h/prod" }, /got a path/],
    [{ WORKLOAD: "import x0" }, /^WORKLOAD: expected x and a number of workers.*\(column 8\)\n {2}import x0\n {9}\^$/],
  ];
  for (const [env, message] of mistakes) {
    test(JSON.stringify(env), () => {
      const problem = problemOf(env);
      if (typeof message === "string") assert.equal(problem, message);
      else assert.match(problem, message);
    });
  }

  test("are all reported at once, with the exit code for bad configuration", () => {
    const read = readSettings({ FORKER_ENGINE: "x", FORKER_STOPPED_JOBS: "y", WORKLOAD: "a:b" }, "./workers.mjs");
    assert.ok("problems" in read);
    assert.deepEqual(
      read.problems.map(({ code, exit }) => [code, exit]),
      [
        ["ERR_FORKER_WORKLOAD", "badConfig"],
        ["ERR_FORKER_ENGINE", "badConfig"],
        ["ERR_FORKER_STOPPED_JOBS", "badConfig"],
      ],
    );
  });

  test("never show a password", () => {
    for (const url of [
      "http://:hunter2@h",
      "redis://:hunter2@",
      ":hunter2@h:6379",
      "redis://u:hunter2@h/x",
      "redis://u:hunter2#@h",
    ]) {
      for (const problem of problemsIn(readSettings({ REDIS_URL: url }, "./workers.mjs"))) {
        assert.doesNotMatch(problem, /hunter2/);
      }
    }
  });
});

describe("warnings", () => {
  test("name an unknown variable, and the one that was probably meant", () => {
    assert.deepEqual(readSettings({ FORKER_DRAIN_TIMOUT: "3", FORKER_ZZZ: "" }, "./workers.mjs").warnings, [
      "FORKER_DRAIN_TIMOUT: ignored, because there is no such variable; did you mean FORKER_DRAIN_TIMEOUT?",
      "FORKER_ZZZ: ignored, because there is no such variable; docs/ENVIRONMENT.md lists all variables",
    ]);
  });

  test("are not given for what Kubernetes sets for a service that is called forker", () => {
    const env = {
      FORKER_SERVICE_HOST: "10.0.0.1",
      FORKER_SERVICE_PORT: "80",
      FORKER_SERVICE_PORT_HTTP: "80",
      FORKER_PORT: "tcp://10.0.0.1:80",
      FORKER_PORT_80_TCP: "tcp://10.0.0.1:80",
      FORKER_PORT_80_TCP_ADDR: "10.0.0.1",
      FORKER_PORT_80_TCP_PORT: "80",
      FORKER_PORT_80_TCP_PROTO: "tcp",
      FORKER_METRICS_SERVICE_HOST: "10.0.0.2",
      FORKER_METRICS_PORT_9100_TCP: "tcp://10.0.0.2:9100",
    };
    assert.deepEqual(readSettings(env, "./workers.mjs").warnings, []);
  });
});

test("a formatted duration parses to the same value", () => {
  for (const text of ["0s", "500ms", "25s", "15m", "2h", "90s"])
    assert.equal(formatDuration(parseDuration(text) ?? -1), text);
});

test("the application's path keeps the symlinks of the shell's folder, and of no other", (context) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "forker-path-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const release = path.join(folder, "releases/1");
  const current = path.join(folder, "current");
  mkdirSync(release, { recursive: true });
  symlinkSync(release, current);
  assert.equal(absoluteAppPath("./w.mjs", { PWD: current }, release), path.join(current, "w.mjs"));
  assert.equal(absoluteAppPath("./w.mjs", { PWD: folder }, release), path.join(release, "w.mjs"));
  assert.equal(absoluteAppPath("./w.mjs", { PWD: "/no/such" }, release), path.join(release, "w.mjs"));
  assert.equal(absoluteAppPath("./w.mjs", {}, release), path.join(release, "w.mjs"));
  assert.equal(absoluteAppPath("/a/w.mjs", { PWD: current }, release), "/a/w.mjs");
});

test("the start folder is named by PWD, or by the application's path or forker's own if these lead there", (context) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "forker-path-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const release = path.join(folder, "releases/1");
  const current = path.join(folder, "current");
  mkdirSync(path.join(release, "bin"), { recursive: true });
  symlinkSync(release, current);
  const script = path.join(current, "bin/forker");
  assert.equal(startFolder("w.mjs", { PWD: current }, release, "/bin/forker"), current);
  assert.equal(startFolder(path.join(current, "w.mjs"), { PWD: release }, release, "/bin/forker"), current);
  assert.equal(startFolder("w.mjs", {}, release, script), current);
  assert.equal(startFolder("w.mjs", {}, path.join(release, "bin"), script), path.join(current, "bin"));
  assert.equal(startFolder("current/w.mjs", { PWD: "current" }, release, "/bin/forker"), release);
  assert.equal(startFolder("/w.mjs", {}, "/", "/bin/forker"), "/");
});
