// The log names the cause of a child's end, and never guesses.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { exitCodes } from "../../src/exit/exit-codes.ts";
import { entrypoint, Forker } from "../support/forker.ts";
import { startPid1 } from "../support/pid1.ts";

const folder = mkdtempSync(path.join(tmpdir(), "why-it-ended-"));
after(() => rmSync(folder, { recursive: true }));

const guess = /called process\.exit/;

describe("a kernel that refuses prctl(PR_SET_PDEATHSIG)", () => {
  const refuser = path.join(folder, "refuse-death-signal");
  const source = fileURLToPath(new URL("../fixtures/pid1/refuse-death-signal.cc", import.meta.url));
  execFileSync(process.env["CXX"] ?? "g++", [source, "-o", refuser]);

  test("makes forker spawn its workers and log why with FORKER_ENGINE=auto", async () => {
    await using forker = await Forker.start({ engine: "auto", wrapper: [refuser] });
    const { reason } = await forker.logged("workers are spawned, not forked");
    assert.match(String(reason), /prctl\(PR_SET_PDEATHSIG\): EPERM/);
    assert.equal((await forker.ready()).engine, "spawn");
    await forker.finished(await forker.add("quick"));
    await forker.logged("keeper ready");
    assert.equal(await forker.drained(), 0);
    assert.doesNotMatch(forker.pid1.transcript, guess);
  });

  test("fails the boot with that reason with FORKER_ENGINE=fork", async () => {
    await using forker = await Forker.start({ engine: "fork", wrapper: [refuser] });
    assert.equal(await forker.pid1.exitCode(), exitCodes.bootFailure.code);
    await forker.logged(/^FORKER_ENGINE=fork: .*prctl\(PR_SET_PDEATHSIG\): EPERM/);
    assert.doesNotMatch(forker.pid1.transcript, guess);
  });
});

const long = `"${"long ".repeat(30_000)}"`;
const ends = [
  { what: "process.exit()", code: "process.exit(3);", says: /exit code 3 .*process\.exit\(\) at .*app\.mjs:1:\d+/ },
  { what: "process.exitCode with process.exit()", code: "process.exitCode = 4; process.exit();", says: /exit code 4 / },
  {
    what: "an exception that nobody catches",
    code: "setTimeout(() => { throw new Error('by a timer'); });",
    says: /by a timer/,
  },
  { what: "a rejection that nobody catches", code: "void Promise.reject(new Error('unheard'));", says: /unheard/ },
  {
    what: "an exit that nobody can see",
    code: "process.reallyExit(5);",
    says: /^template exited 5 unknown: it exited while it was loading/,
  },
  {
    what: "an error of 150,000 characters",
    code: `throw new Error(${long});`,
    says: /failed to load: long long .*long/,
  },
] as const;

for (const { what, code, says } of ends) {
  test(`the log says why when a load is ended by ${what}`, async () => {
    const app = path.join(folder, "app.mjs");
    writeFileSync(app, `${code}\nawait new Promise((resolve) => setTimeout(resolve, 2 ** 30));\n`);
    const env = { FORKER_USER: "root", FORKER_LOG_LEVEL: undefined, NODE_OPTIONS: undefined };
    await using pid1 = await startPid1({ command: [process.execPath, entrypoint, app], env });
    assert.equal(await pid1.exitCode(), exitCodes.bootFailure.code);
    const told = pid1.log
      .filter(({ role, level }) => role === "init" && Number(level) >= 50)
      .map(({ msg, exitCode, cause }) => [msg, exitCode, cause].join(" ").trimEnd());
    assert.ok(
      told.some((msg) => says.test(msg)),
      pid1.transcript.slice(0, 5_000),
    );
    if (!/process\.exit\(/.test(code)) for (const msg of told) assert.doesNotMatch(msg, guess);
  });
}

test("status says why a spawned worker cannot load the application", async () => {
  await using forker = await Forker.start({ engine: "spawn", workload: "jobs", env: { FORKER_BOOT_TIMEOUT: "20s" } });
  await forker.ready();
  forker.deploy('throw new Error("not in a worker");');
  const { workers } = (await forker.status()).slots[0] ?? {};
  forker.pid1.signalInner(workers?.[0]?.pid ?? 0, "SIGKILL");
  await forker.until("the reason", ({ slots }) => /not in a worker/.test(slots[0]?.lastDeath ?? ""));
});
