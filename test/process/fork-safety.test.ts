import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import type { Finding } from "../../src/engine/fork/safety.ts";
import { runScenario, told } from "../support/fork-scenario.ts";
import { testedNodes } from "../support/nodes.ts";

for (const { major, path, missing } of testedNodes()) {
  test(`Node ${major}: what setup() left open is found, each thing by its name`, {
    skip: missing ?? false,
  }, async () => {
    const lines = await runScenario(path, "safety");
    const found = (what: string) => {
      const [line] = told(lines, what);
      const findings = line?.["findings"] as Finding[];
      return { line, findings, briefly: findings.map(({ kind, severity }) => `${kind} ${severity}`) };
    };
    assert.deepEqual(found("nothing").findings, []);
    assert.deepEqual(found("server").briefly, ["server refuse"]);
    assert.match(found("server").findings[0]?.what ?? "", /^a server on TCP 127\.0\.0\.1:\d+ \(fd \d+\)$/);
    const { line, findings } = found("connection");
    assert.equal(findings.length, 2);
    assert.ok(findings.some(({ what }) => what.startsWith(`a TCP connection to 127.0.0.1:${String(line?.["port"])} `)));
    assert.deepEqual(found("own connection").findings, []);
    const unix = found("unix server");
    assert.match(unix.findings[0]?.what ?? "", /^a server on unix /);
    assert.ok(unix.findings[0]?.what.includes(String(unix.line?.["file"])));
    assert.deepEqual(found("udp").briefly, ["socket refuse"]);
    assert.deepEqual(found("thread").briefly, ["thread refuse"]);
    assert.deepEqual(found("timer").briefly, ["timer warn"]);
    assert.deepEqual(found("watcher").briefly, ["watcher warn"]);
    const { findings: children, line: told_ } = found("process");
    assert.ok(
      children.some(({ kind, what }) => kind === "process" && what.includes(`${String(told_?.["pid"])} sleep`)),
    );
    assert.ok(
      children.some(({ kind }) => kind === "socket"),
      "the pipe to it is a socket pair of libuv's",
    );
  });

  const flags = ["--cpu-prof", "--inspect=0", "--single-threaded", "--perf_basic_prof", "--trace-event-categories=v8"];
  test(`Node ${major}: a Node that was started for other things is not forked`, { skip: missing ?? false }, () => {
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
  });
}
