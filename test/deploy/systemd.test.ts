// deploy/systemd, by systemd-analyze, and by forker's own deadlines.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { exitCodes, isLasting } from "../../src/exit/exit-codes.ts";
import { fixedLimits } from "../../src/init/state/limits.ts";
import { settingsByDefault } from "../support/settings.ts";

const folder = mkdtempSync(path.join(tmpdir(), "forker-systemd-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const unit = readFileSync(new URL("../../deploy/systemd/forker.service", import.meta.url), "utf8");
const valueOf = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? assert.fail(`no ${name}`);

describe("the unit of systemd", () => {
  test("is valid for systemd-analyze", () => {
    const file = path.join(folder, "workers.service");
    // systemd-analyze looks for the program.
    writeFileSync(file, unit.replace(/^(ExecStart)=\S+/m, `$1=${process.execPath}`));
    const output = execFileSync("systemd-analyze", ["verify", "--man=no", file], { encoding: "utf8", stdio: "pipe" });
    assert.equal(output, "");
  });

  test("is refused by systemd-analyze if a line is wrong", () => {
    const file = path.join(folder, "wrong.service");
    writeFileSync(file, unit.replace(/^ExecStart=.*$/m, "ExecStart="));
    assert.throws(() => execFileSync("systemd-analyze", ["verify", "--man=no", file], { stdio: "pipe" }));
  });

  test("gives a drain the time that it may take, and a boot", () => {
    const { drainTimeoutMs, stopTimeoutMs, bootTimeoutMs } = settingsByDefault();
    const { handBackTimeMs, exitTimeMs } = fixedLimits;
    const stopMs = drainTimeoutMs + stopTimeoutMs + handBackTimeMs + exitTimeMs;
    assert.ok(Number(valueOf("TimeoutStopSec")) * 1_000 >= stopMs + 10_000);
    assert.ok(Number(valueOf("TimeoutStartSec")) * 1_000 >= bootTimeoutMs + fixedLimits.bootGraceMs);
    assert.equal(valueOf("KillSignal"), "SIGQUIT");
  });

  test("does not restart forker after the mistakes that a restart does not mend", () => {
    const lasting = Object.entries(exitCodes).filter(([name]) => isLasting(name as keyof typeof exitCodes));
    const codes = valueOf("RestartPreventExitStatus").split(" ").map(Number);
    for (const [name, { code }] of lasting) assert.ok(codes.includes(code), `${name} is ${code}`);
  });
});
