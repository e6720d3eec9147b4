// What a fork meets outside of the process: events, signals, shared descriptors, and a system without room.
import assert from "node:assert/strict";
import test from "node:test";
import { exitCodes } from "../../src/exit/exit-codes.ts";
import { deadlineOf } from "../support/emulation.ts";
import { FixtureAddon } from "../support/fixture-addon.ts";
import { endOf, forkedPids, runScenario, runScenarioWith, told } from "../support/fork-scenario.ts";
import { testedNodes } from "../support/nodes.ts";
import { SharedTarget } from "../support/shared-target.ts";

const ends = (lines: Awaited<ReturnType<typeof runScenario>>) =>
  forkedPids(lines).map((pid) => JSON.stringify(endOf(lines, pid)));
const exit = (code: number) => JSON.stringify({ exitCode: code });

for (const { version, path: node, missing } of testedNodes()) {
  const skip = missing ?? false;

  test(`Node ${version}: no event of a batch is handled twice, or by a worker`, { skip }, async () => {
    const connections = 8;
    const lines = await runScenario(node, "io-batch", String(connections), "2");
    const [heard] = told(lines, "heard").map((line) => line["heard"] as number[]);
    assert.deepEqual(heard?.toSorted(), [...Array(connections).keys()]);
    assert.deepEqual(ends(lines), [exit(30), exit(30)]);
  });

  test(`Node ${version}: signals that flood the template stay with the template`, { skip }, async () => {
    const lines = await runScenario(node, "signal-storm", "5", "4");
    assert.deepEqual(ends(lines), Array.from({ length: 5 }, () => [10, 11, 12, 13].map(exit)).flat());
    assert.ok(Number(told(lines, "heard")[0]?.["times"]) >= 5);
  });

  test(`Node ${version}: a library that hangs in forked children costs one deadline, and nothing else`, {
    skip,
  }, async () => {
    using addon = new FixtureAddon("atfork", node);
    const lines = await runScenario(node, "atfork", addon.file, String(deadlineOf(1_000)));
    assert.match(String(told(lines, "canary")[0]?.["message"]), /^it did not end within .*s, during "startup"/);
    const [batch] = told(lines, "batch");
    assert.deepEqual([batch?.["failure"], batch?.["isShortage"]], ["fork: ETIMEDOUT", false]);
    assert.deepEqual(ends(lines), [exit(20), exit(21)]);
  });

  test(`Node ${version}: a lack of memory for a fork is a shortage, and the template continues`, { skip }, async () => {
    using addon = new FixtureAddon("no-memory", node);
    const wrapper = ["env", `LD_PRELOAD=${addon.file}`];
    const lines = await runScenarioWith({ wrapper }, node, "no-memory", addon.file);
    const [none] = told(lines, "none");
    assert.match(String(none?.["message"]), /fork.*ENOMEM/);
    assert.equal(none?.["isShortage"], true);
    const [one] = told(lines, "one of two");
    assert.deepEqual([one?.["failure"], one?.["isShortage"]], ["fork: ENOMEM", true]);
    assert.deepEqual(ends(lines), [exit(0), exit(0), exit(0)]);
  });

  test(`Node ${version}: a lack of memory for the addon's own allocations is a shortage as well`, {
    skip,
  }, async () => {
    using addon = new FixtureAddon("no-memory", node);
    const wrapper = ["env", `LD_PRELOAD=${addon.file}`];
    const lines = await runScenarioWith({ wrapper }, node, "no-allocation", addon.file);
    const refused = told(lines, "refused").map(({ message, isShortage }) => [message, isShortage]);
    assert.ok(refused.length >= 3, JSON.stringify(refused));
    assert.deepEqual(
      refused.filter(([message, isShortage]) => !isShortage || !/EAGAIN|ENOMEM/.test(String(message))),
      [],
    );
    // The template could allocate memory and its child could not, so only the child ends.
    assert.deepEqual(ends(lines), [exit(exitCodes.system.code)]);
  });

  for (const kind of ["a pipe", "a file", "a terminal"] as const) {
    const [workers, each] = [3, 200];
    const write = async (target: SharedTarget, how: "stream" | "logger") => {
      const wrapper = ["sh", "-c", 'exec "$@" 2>>"$0"', target.path];
      const lines = await runScenarioWith({ wrapper }, node, "stdio", how, String(workers), String(each));
      assert.deepEqual(ends(lines), Array<string>(workers).fill(exit(0)));
      const written = await target.lines();
      assert.equal(written[0], "template");
      return written.slice(1).filter((line) => line !== "");
    };

    test(`Node ${version}: everything that workers write to ${kind} at once arrives`, { skip }, async () => {
      using target = new SharedTarget(kind);
      // Node itself may split a line that has to wait for a full pipe: it writes the line together with what follows.
      const text = (await write(target, "stream")).join("");
      const lengths = ["A", "B", "C"].map((letter) => text.split(letter).length - 1);
      assert.deepEqual(lengths, Array<number>(workers).fill(each * 900));
      assert.equal(text.length, workers * each * 900);
    });

    test(`Node ${version}: what workers log to ${kind} at once arrives line by line`, { skip }, async () => {
      using target = new SharedTarget(kind);
      const logged = (await write(target, "logger")).map((line) => JSON.parse(line) as { line: number; msg: string });
      const expected = ["A", "B", "C"].flatMap((letter) =>
        Array.from({ length: each }, (_, line) => `${letter.repeat(900)} ${line}`),
      );
      assert.deepEqual(logged.map(({ msg, line }) => `${msg} ${line}`).toSorted(), expected.toSorted());
    });
  }
}
