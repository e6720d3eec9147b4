import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import type { Finding } from "../../src/engine/safety/finding.ts";
import { isEmulated } from "../support/emulation.ts";
import { runScenario, told } from "../support/fork-scenario.ts";
import { testedNodes } from "../support/nodes.ts";

for (const { version, path, missing } of testedNodes()) {
  test(`Node ${version}: the check finds what the application left open, and names each thing`, {
    // An emulator has an additional thread in each process.
    skip: missing ?? (isEmulated ? "the emulator's own thread is found, too" : false),
  }, async () => {
    const lines = await runScenario(path, "safety");
    const found = (what: string) => {
      const [line] = told(lines, what);
      const findings = line?.["findings"] as Finding[];
      return { line, findings, briefly: findings.map(({ kind, severity }) => `${kind} ${severity}`) };
    };
    assert.deepEqual(found("nothing").findings, []);
    assert.deepEqual(found("server").briefly, ["server refuse"]);
    assert.match(
      found("server").findings[0]?.what ?? "",
      /^a server on TCP 127\.0\.0\.1:\d+ \(fd \d+\), created at \/.*\/fork\/safety\.ts:\d+$/,
    );
    assert.deepEqual(found("connection").findings, [], "it ends in the workers");
    assert.deepEqual(found("own server").findings, []);
    const unix = found("unix server");
    assert.match(unix.findings[0]?.what ?? "", /^a server on unix /);
    assert.ok(unix.findings[0]?.what.includes(String(unix.line?.["file"])));
    assert.deepEqual(found("udp").findings, [], "workers have their own");
    assert.deepEqual(found("udp server").briefly, ["server refuse"]);
    assert.match(found("udp server").findings[0]?.what ?? "", /^a server on UDP 127\.0\.0\.1:\d+ /);
    assert.deepEqual(found("shared udp port").findings, []);
    assert.deepEqual(found("thread").briefly, ["thread refuse"]);
    assert.deepEqual(found("timer").findings, [], "timers wait for the workers");
    assert.deepEqual(found("watcher").briefly, ["watcher warn"]);
    const { findings: children, line: told_ } = found("process");
    assert.ok(
      children.some(({ kind, what }) => kind === "process" && what.includes(`${String(told_?.["pid"])} sleep`)),
    );
    const stdin = children.find(({ kind }) => kind === "socket")?.what ?? "";
    const named = new RegExp(
      `^the standard input of child process ${String(told_?.["pid"])} \\(sleep\\) \\(fd \\d+\\), created at /`,
    );
    assert.match(stdin, named, "the pipe to it is a socket pair of libuv's");
    for (const what of ["udp server", "thread", "watcher"])
      assert.match(found(what).findings[0]?.what ?? "", /, created at \/.*\/safety\.ts:\d+$/);
    assert.deepEqual(found("database").briefly, ["database refuse"]);
    assert.match(found("database").findings[0]?.what ?? "", /^the SQLite database \/.*\/app\.db /);
    const disguised = found("threads with the name of libuv's").briefly;
    assert.deepEqual(disguised, ["thread refuse", "thread refuse", "thread refuse"]);
  });

  const flags = ["--cpu-prof", "--inspect=0", "--single-threaded", "--perf_basic_prof", "--trace-event-categories=v8"];
  test(`Node ${version}: a Node that was started with flags that a fork cannot take along is not forked`, {
    skip: missing ?? false,
  }, () => {
    const module = fileURLToPath(new URL("../../src/engine/fork/support.ts", import.meta.url));
    const ask = `import { inspectForkSupport } from ${JSON.stringify(module)}; console.log(JSON.stringify(inspectForkSupport()))`;
    const answer = (env: NodeJS.ProcessEnv, ...args: string[]) => {
      const words = ["--disable-warning=ExperimentalWarning", ...args, "--input-type=module-typescript", "-e", ask];
      const options = { encoding: "utf8", cwd: "/tmp", env: { ...process.env, NODE_OPTIONS: "", ...env } } as const;
      return JSON.parse(spawnSync(path, words, options).stdout.trim()) as { supported: boolean; reason?: string };
    };
    assert.deepEqual(answer({}), { supported: true });
    for (const flag of flags) {
      const { supported, reason } = answer({}, flag);
      assert.equal(supported, false, flag);
      assert.match(reason ?? "", /^Node was started with --/);
    }
    assert.match(answer({ NODE_OPTIONS: "--inspect=0" }).reason ?? "", /--inspect/);
    assert.match(answer({ NODE_V8_COVERAGE: "/tmp/none" }).reason ?? "", /NODE_V8_COVERAGE/);
    const open = 'data:text/javascript,import inspector from "node:inspector"; inspector.open(0, "127.0.0.1");';
    assert.equal(answer({}, "--import", open).reason, "the inspector is open");
  });
}
