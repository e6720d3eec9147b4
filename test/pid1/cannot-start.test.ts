// execve(2) refuses every process that init starts, with an error that child_process.spawn throws. init must not wait for it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, test } from "node:test";
import { Forker } from "../support/forker.ts";

/**
 * The environment takes more than a quarter of the small stack, the most that the kernel allows, so execve fails with E2BIG
 * while init's stack limit is low.
 */
const padding = Object.fromEntries(["A", "B", "C"].map((name) => [`TEST_PADDING_${name}`, "x".repeat(100_000)]));
const smallStack = 1 << 20;

function limitStack(forker: Forker, bytes: number | "unlimited"): void {
  execFileSync("prlimit", [`--pid=${forker.pid1.outerPid}`, `--stack=${bytes}:`]);
}

for (const engine of ["fork", "spawn"] as const) {
  describe(`while no process can be started, ${engine} engine`, () => {
    test("a reload fails with the cause, init retries the keeper, and both work again afterwards", async () => {
      await using forker = await Forker.start({ engine, env: padding });
      await forker.ready();
      const { keeperPid } = await forker.logged("keeper ready");
      limitStack(forker, smallStack);
      forker.pid1.signal("SIGHUP");
      await forker.loggedWith("reload failed; the current generation stays", {
        cause: /spawn E2BIG/,
        currentGeneration: 1,
      });
      const from = forker.log.length;
      forker.pid1.signalInner(Number(keeperPid), "SIGKILL");
      await forker.loggedWith("keeper did not start", { cause: /spawn E2BIG/ }, from);
      limitStack(forker, "unlimited");
      await forker.logged("keeper ready", from);
      await forker.finished(await forker.add("quick"));
      forker.pid1.signal("SIGHUP");
      await forker.reloaded(3);
      assert.equal(await forker.drained(), 0);
    });

    for (const signal of ["SIGTERM", "SIGQUIT"] as const) {
      test(`${signal} ends init`, async () => {
        await using forker = await Forker.start({ engine, env: padding });
        await forker.ready();
        const { keeperPid } = await forker.logged("keeper ready");
        limitStack(forker, smallStack);
        forker.pid1.signal("SIGHUP");
        forker.pid1.signalInner(Number(keeperPid), "SIGKILL");
        await forker.loggedWith("received order", { order: "reload" });
        forker.pid1.signal(signal);
        assert.equal(await forker.pid1.exitCode(), 0);
      });
    }
  });
}
