// The package without an addon that this machine can load: jobs still run, and forker logs once what does not work.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { promisify } from "node:util";
import { exitCodes } from "../../src/exit/exit-codes.ts";
import { addonFile } from "../../src/native/binding.ts";
import { eventually } from "../support/deadline.ts";
import { entrypoint, Forker } from "../support/forker.ts";
import { startPid1 } from "../support/pid1.ts";

const folder = mkdtempSync(path.join(tmpdir(), "forker-without-addon-"));
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true }));
const built = readFileSync(path.join(path.dirname(entrypoint), addonFile));

/** elf(5): e_machine, set to a machine that does not exist. */
const machineAt = 18;
const alpha = 0x9026;

const addons: Readonly<Record<string, () => Buffer | undefined>> = {
  missing: () => undefined,
  corrupt: () => Buffer.from("no object of any kind\n"),
  "of another architecture": () => {
    const other = Buffer.from(built);
    other.writeUInt16LE(alpha, machineAt);
    return other;
  },
};

/** The built package, with this content in place of the addon. */
function packageWith(name: string, addon: Buffer | undefined): string {
  const dist = path.join(folder, name, "dist");
  mkdirSync(dist, { recursive: true });
  const copy = path.join(dist, "entrypoint.mjs");
  copyFileSync(entrypoint, copy);
  if (addon !== undefined) writeFileSync(path.join(dist, addonFile), addon);
  return copy;
}

const warn = 40;

for (const [name, make] of Object.entries(addons)) {
  test(`workers are spawned, jobs run, and one warning says so when the addon is ${name}`, async () => {
    const without = packageWith(name, make());
    await using forker = await Forker.start({ engine: "auto", entrypoint: without });
    await forker.finished(await forker.add("quick"));
    const warnings = forker.log.filter(({ level }) => level === warn || level === "warn");
    assert.equal(warnings.length, 1, forker.pid1.transcript);
    assert.match(String(warnings[0]?.["msg"]), /^running without the addon: workers are spawned, orphans stay zombies/);
    assert.match(String(warnings[0]?.["cause"]), /^the addon cannot be loaded: /);
    assert.equal((await forker.logged("starting forker"))["engine"], "spawn");
    assert.equal(await forker.drained(), 0);
  });
}

describe("without an addon", () => {
  const without = packageWith("none", undefined);

  test("a killed worker is replaced, HUP makes a new generation, and TERM ends with 0", async () => {
    await using forker = await Forker.start({ engine: "auto", workload: "jobs", entrypoint: without });
    const { pid } = await forker.began(await forker.add("quick"));
    forker.pid1.signalInner(pid, "SIGKILL");
    const second = await forker.began(await forker.add("quick"));
    assert.notEqual(second.pid, pid);
    forker.deploy("export const version = 'second';");
    forker.pid1.signal("SIGHUP");
    await eventually(60_000, "a job of the second generation", async () => {
      const { version } = await forker.finished(await forker.add("quick"));
      return version === "second" ? version : undefined;
    });
    forker.pid1.signal("SIGTERM");
    assert.equal(await forker.pid1.exitCode(60_000), 0);
  });

  test("init answers a health check and refuses everything else that a client might ask", async () => {
    await using forker = await Forker.start({ engine: "auto", entrypoint: without });
    assert.equal(
      await eventually(60_000, "readiness", () => forker.subcommand("status", "--check").catch(() => undefined)),
      "ready\n",
    );
    for (const words of [["status"], ["status", "--json"], ["signal", "USR2"]]) {
      await assert.rejects(forker.subcommand(...words), (cause: Error & { code: number; stderr: string }) => {
        assert.match(cause.stderr, /init has no addon and cannot identify the caller/);
        return cause.code !== 0;
      });
    }
  });

  test("FORKER_ENGINE=fork is refused", async () => {
    await using forker = await Forker.start({ engine: "fork", entrypoint: without });
    assert.equal(await forker.pid1.exitCode(), exitCodes.system.code);
    assert.match(
      forker.pid1.transcript,
      /FORKER_ENGINE=fork: the addon cannot be loaded: there is no .*npx forker-build-addon/,
    );
  });

  test("FORKER_USER is refused where new privileges are possible, and obeyed where they are not", async () => {
    const env = { FORKER_USER: "12345:12345" };
    {
      await using forker = await Forker.start({ engine: "auto", entrypoint: without, env });
      assert.equal(await forker.pid1.exitCode(), exitCodes.system.code);
      assert.match(
        forker.pid1.transcript,
        /cannot change to user 12345.*no_new_privs cannot be set .*start the container as that user/,
      );
    }
    await using forker = await Forker.start({
      engine: "auto",
      entrypoint: without,
      env,
      wrapper: ["setpriv", "--no-new-privs"],
    });
    await forker.finished(await forker.add("quick"));
    await forker.logged("changed to user 12345");
  });

  test("forker -- command ends with 1 and says why, and check warns", async () => {
    await using pid1 = await startPid1({
      command: [process.execPath, without, "--", "true"],
      env: { NODE_OPTIONS: undefined },
    });
    assert.equal(await pid1.exitCode(), 1);
    assert.match(pid1.transcript, /true: the addon cannot be loaded: there is no /);
    const app = path.join(folder, "app.mjs");
    writeFileSync(app, "export default { processors: { mail: () => {} } };");
    const check = promisify(execFile)(process.execPath, [without, "check", app], {
      env: { ...process.env, FORKER_USER: "root" },
    });
    const { stdout } = await check.catch((cause: { stdout: string }) => cause);
    assert.match(stdout, /^warning {2}workers would be spawned, not forked: the addon cannot be loaded/m);
  });
});
