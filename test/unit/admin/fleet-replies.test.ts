import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { exitOf, isSettled, repliesOf } from "../../../src/admin/fleet-replies.ts";
import type { Member } from "../../../src/bull/keys/fleet-keys.ts";
import type { FleetAnswer, FleetOutcome } from "../../../src/protocol/fleet.ts";

function member(host: string, pid = 1): Member {
  const jobs = { count: 0, latest: [] };
  const own = {
    host,
    pid,
    version: "1.0.0",
    generation: 1,
    state: "running" as const,
    workload: "*",
    workers: 1,
    jobs,
  };
  return { ...own, instance: `${host}/${pid}`, silentMs: 10 };
}

function answers(...given: [host: string, outcome: FleetOutcome][]): Map<string, FleetAnswer> {
  return new Map(given.map(([host, outcome]) => [`${host}/1`, { host, pid: 1, outcome, text: outcome }]));
}

const members = [member("web-2"), member("web-1")];
const reload = { name: "reload" } as const;
const stopJob = { name: "stopJob", queue: "mail", id: "7" } as const;

describe("the answers of a fleet", () => {
  test("name those who have not answered, by host", () => {
    const replies = repliesOf(reload, members, answers(["web-1", "done"]));
    assert.deepEqual(
      replies.map(({ host, outcome }) => [host, outcome]),
      [
        ["web-1", "done"],
        ["web-2", "missing"],
      ],
    );
    assert.equal(isSettled(replies), false);
    assert.equal(exitOf(reload, replies), "fleetIncomplete");
  });

  test("are complete when every forker has answered", () => {
    const replies = repliesOf(reload, members, answers(["web-1", "done"], ["web-2", "done"]));
    assert.equal(isSettled(replies), true);
    assert.equal(exitOf(reload, replies), "done");
  });

  test("include that of a forker that has started since", () => {
    const replies = repliesOf(reload, members, answers(["web-1", "done"], ["web-2", "done"], ["web-3", "refused"]));
    assert.deepEqual(
      replies.map(({ host }) => host),
      ["web-1", "web-2", "web-3"],
    );
    assert.equal(exitOf(reload, replies), "fleetIncomplete", "a refusal");
  });

  test("to stop-job do not lack those that were not waited for", () => {
    const replies = repliesOf(stopJob, members, answers(["web-1", "done"]));
    assert.deepEqual(
      replies.map(({ outcome, text }) => [outcome, text]),
      [
        ["done", "done"],
        ["notAwaited", "not waited for"],
      ],
    );
  });

  const stops: [exit: string, isSettled: boolean, ...given: [host: string, outcome: FleetOutcome][]][] = [
    ["done", true, ["web-1", "done"]],
    ["done", true, ["web-1", "done"], ["web-2", "notHeld"]],
    ["notYet", true, ["web-1", "notYet"]],
    ["notHeld", true, ["web-1", "notHeld"], ["web-2", "notHeld"]],
    ["fleetIncomplete", false, ["web-1", "notHeld"]],
  ];
  for (const [exit, settled, ...given] of stops)
    test(`to stop-job: ${JSON.stringify(given)} means ${exit}`, () => {
      const replies = repliesOf(stopJob, members, answers(...given));
      assert.equal(exitOf(stopJob, replies), exit);
      assert.equal(isSettled(replies), settled);
    });
});
