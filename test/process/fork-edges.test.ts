import assert from "node:assert/strict";
import test from "node:test";
import { deadlineOf } from "../support/emulation.ts";
import { endOf, forkedPids, runScenario, runScenarioWith, told } from "../support/fork-scenario.ts";
import { testedNodes } from "../support/nodes.ts";

const ETIMEDOUT = 110;
const ESRCH = 3;
/** A user that runs no other process here, because the kernel counts all processes of a user. */
const asStranger = ["setpriv", "--reuid=54321", "--regid=54321", "--clear-groups"];

for (const { version, path, missing } of testedNodes()) {
  const skip = missing ?? false;

  test(`Node ${version}: a fork is refused if it would harm the child, and the template continues`, {
    skip,
  }, async () => {
    const lines = await runScenario(path, "refusals");
    assert.equal(told(lines, "active request")[0]?.["code"], "ERR_FORKER_NOT_QUIET");
    for (const what of ["no worker", "too many"]) assert.match(String(told(lines, what)[0]?.["message"]), /EINVAL/);
    const layouts = told(lines, "layout");
    const untouched = layouts.pop();
    assert.equal(untouched?.["supported"], true);
    for (const { symbol, supported, reason } of layouts) {
      assert.equal(supported, false, `${String(symbol)} elsewhere`);
      assert.match(String(reason), /\w/);
    }
    assert.equal(layouts.length, 10);
    const [hurried] = told(lines, "hurried");
    const results = (hurried?.["results"] ?? []) as number[];
    assert.equal(results.length, 3);
    for (const result of results) assert.ok(result > 0 || result === -ETIMEDOUT, String(result));
    assert.deepEqual(
      forkedPids(lines).map((pid) => endOf(lines, pid)),
      [{ exitCode: 10 }, { exitCode: 11 }],
    );
  });

  test(`Node ${version}: a fork from any thread but the main one is refused, and the template continues`, {
    skip,
  }, async () => {
    const lines = await runScenario(path, "other-thread");
    for (const what of ["forkBatch", "forkChild"])
      assert.equal(told(lines, what)[0]?.["code"], "ERR_FORKER_NOT_MAIN_THREAD", what);
    assert.deepEqual(
      forkedPids(lines).map((pid) => endOf(lines, pid)),
      [{ exitCode: 10 }],
    );
  });

  test(`Node ${version}: at the process limit as many workers are forked as can live, and the template continues`, {
    skip,
  }, async () => {
    const lines = await runScenarioWith({ wrapper: asStranger }, path, "no-room");
    const [none] = told(lines, "none");
    assert.match(String(none?.["message"]), /EAGAIN/);
    assert.equal(none?.["isShortage"], true);
    const [one] = told(lines, "one of two");
    assert.deepEqual([one?.["failure"], one?.["isShortage"]], ["fork: EAGAIN", true]);
    assert.deepEqual(
      forkedPids(lines).map((pid) => endOf(lines, pid)),
      [{ exitCode: 0 }, { exitCode: 0 }, { exitCode: 0 }],
    );
  });

  test(`Node ${version}: a signal that comes too early waits for the worker's own listener`, { skip }, async () => {
    const lines = await runScenario(path, "signals");
    assert.deepEqual(told(lines, "listeners"), [{ event: "told", what: "listeners", listeners: 0 }]);
    assert.deepEqual(told(lines, "the template's listener"), []);
    assert.deepEqual(endOf(lines, forkedPids(lines)[0]), { exitCode: 15 });
  });

  test(`Node ${version}: a worker dies with its init, and starts under no other`, { skip }, async () => {
    const lines = await runScenario(path, "init-dies");
    assert.deepEqual(
      forkedPids(lines).map((pid) => endOf(lines, pid)),
      [{ signal: 9 }, { exitCode: ESRCH }],
    );
  });

  test(`Node ${version}: the canary comes back without running the application's exit hooks`, { skip }, async () => {
    const lines = await runScenario(path, "canary", "well", String(deadlineOf(20_000)));
    assert.equal(told(lines, "back").length, 1, JSON.stringify(lines));
    assert.deepEqual(told(lines, "the application's exit hook"), []);
  });

  test(`Node ${version}: the canary waits for a request that the application starts in the last turn before the fork`, {
    skip,
  }, async () => {
    const lines = await runScenario(path, "canary", "watching", String(deadlineOf(20_000)));
    assert.equal(told(lines, "back").length, 1, JSON.stringify(lines));
  });

  test(`Node ${version}: a canary that gets stuck is killed, and the error names the step that it was at`, {
    skip,
  }, async () => {
    const stuck = await runScenario(path, "canary", "stuck", String(deadlineOf(3_000)));
    assert.match(String(told(stuck, "lost")[0]?.["message"]), /did not end within .*WebAssembly in the background/);
    const spinning = await runScenario(path, "canary", "spinning", String(deadlineOf(3_000)));
    assert.match(String(told(spinning, "lost")[0]?.["message"]), /did not end within .*optimizing code/);
  });

  test(`Node ${version}: a canary that the machine does not let run gets more time, and is not said to be stuck`, {
    skip,
  }, async () => {
    const lines = await runScenario(path, "canary", "starved", "1000");
    const waited = /did not end within 1s, during "startup": it waited for a processor for \w+ % of that time/;
    assert.match(String(told(lines, "lost")[0]?.["message"]), waited);
    assert.match(String(told(lines, "starved")[0]?.["why"]), /^it has not ended within 1s: it waited for a processor/);
    assert.equal(told(lines, "back").length, 1, JSON.stringify(lines));
  });
}
