// The whole entrypoint on a Node with wrong symbols: a fault that the layout check cannot detect ends a canary or the template.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { exitCodes } from "../../src/exit/exit-codes.ts";
import { Forker } from "../support/forker.ts";
import { MutatedNode, type SymbolChange } from "../support/mutated-node.ts";

const runner = "N4node23WorkerThreadsTaskRunner";
const node = new MutatedNode(process.execPath);
after(() => node[Symbol.dispose]());

interface Wrong {
  readonly what: string;
  readonly change: SymbolChange;
  readonly said: RegExp;
}

const wrongs: readonly Wrong[] = [
  {
    what: "a symbol is not exported",
    change: { name: `_Z${runner}8ShutdownEv`, hide: true },
    said: /^this Node does not export \w+8ShutdownEv$/,
  },
  {
    what: "the forked canary cannot go on",
    change: { name: "uv_queue_work", aliasOf: "uv_version" },
    said: /^the canary failed: exit code 71 during "startup"$/,
  },
  {
    what: "the template dies of the first step",
    change: { name: `_Z${runner}13BlockingDrainEv`, moveBy: 4096 },
    said: /^the template died of SIG\w+ during its trial fork$/,
  },
  {
    what: "the template dies of the last step",
    change: { name: `_Z${runner}C1EiNS_21PlatformDebugLogLevelE`, moveBy: 4 },
    said: /^the template died of SIG\w+ during its trial fork$/,
  },
];

describe("a Node that is not what it seems to be", () => {
  for (const { what, change, said } of wrongs) {
    test(`runs its jobs in spawned workers, and one warning says why: ${what}`, async () => {
      node.restore();
      node.change([change]);
      await using forker = await Forker.start({ engine: "auto", node: node.path });
      const status = await forker.ready();
      assert.equal(status.engine, "spawn");
      await forker.finished(await forker.add("quick"));
      const warnings = forker.log.filter(({ level, msg }) => level === 40 && /spawned/.test(String(msg)));
      assert.equal(warnings.length, 1, forker.pid1.transcript);
      assert.equal(warnings[0]?.["msg"], "workers are spawned, not forked");
      assert.match(String(warnings[0]?.["reason"]), said);
      assert.equal(status.engineReason, warnings[0]?.["reason"]);
      assert.equal(await forker.drained(), 0);
    });
  }

  test("is not used by a reload when it replaces init's own, and the new code works", async () => {
    node.restore();
    await using forker = await Forker.start({ engine: "auto", node: node.path });
    assert.equal((await forker.ready()).engine, "fork");
    node.renew();
    node.change([{ name: `_Z${runner}13BlockingDrainEv`, moveBy: 4096 }]);
    forker.deploy('export const version = "two";');
    forker.pid1.signal("SIGHUP");
    const status = await forker.reloaded(2);
    assert.equal(status.engine, "fork");
    assert.equal((await forker.finished(await forker.add("quick"))).version, "two");
    assert.doesNotMatch(forker.pid1.transcript, /reload failed/);
    assert.equal(await forker.drained(), 0);
  });

  test("fails the boot with FORKER_ENGINE=fork, and the error says why", async () => {
    node.restore();
    node.change([{ name: `_Z${runner}13BlockingDrainEv`, moveBy: 4096 }]);
    await using forker = await Forker.start({ engine: "fork", node: node.path });
    assert.equal(await forker.pid1.exitCode(60_000), exitCodes.bootFailure.code);
    await forker.loggedWith("template exited", { cause: /^the template died of SIG\w+ during its trial fork$/ });
  });
});
