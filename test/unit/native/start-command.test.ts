import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { addonPath, native } from "../../../src/native/binding.ts";
import { FixtureAddon } from "../../support/fixture-addon.ts";

const mb = 2 ** 20;

describe("startCommand", () => {
  test("rejects a wrong argument with a TypeError, and loses no memory", () => {
    const word = "x".repeat(8 * mb);
    const wrong = native() as unknown as { startCommand(command: unknown, toGroup: unknown): number };
    for (const command of [[], "true", undefined, [1], ["true", undefined]])
      assert.throws(() => wrong.startCommand(command, true), { name: "TypeError", code: "ERR_INVALID_ARG_TYPE" });
    const before = process.memoryUsage.rss();
    for (let call = 0; call < 32; call++) {
      assert.throws(() => wrong.startCommand([word], "yes"), { name: "TypeError", code: "ERR_INVALID_ARG_TYPE" });
      assert.throws(() => wrong.startCommand([word, 1], true), { name: "TypeError", code: "ERR_INVALID_ARG_TYPE" });
    }
    const taken = process.memoryUsage.rss() - before;
    assert.ok(taken < 64 * mb, `${taken} bytes are lost`);
  });

  test("fails with ENOMEM and starts nothing if there is no memory for the command", () => {
    using addon = new FixtureAddon("no-memory", process.execPath);
    const script = `
      const { failAllocation } = require(${JSON.stringify(addon.file)});
      const { startCommand } = require(${JSON.stringify(addonPath)});
      for (const after of [0, 1, 2]) {
        failAllocation(after);
        try { console.log(startCommand(["true", "word"], false)); } catch (cause) { console.log(cause.name, cause.message); }
      }`;
    const env = { ...process.env, LD_PRELOAD: addon.file };
    const lines = execFileSync(process.execPath, ["-e", script], { env, encoding: "utf8" }).trim().split("\n");
    assert.deepEqual(lines, Array<string>(3).fill("Error malloc: ENOMEM, not enough memory"));
  });
});
