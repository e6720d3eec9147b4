import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { ActionLog } from "../../../../src/init/report/action-log.ts";
import { limits, Universe } from "../../../support/universe.ts";

const redis = { connection: "redis://127.0.0.1:6379", prefix: "bull", bull: { version: "6.7.0", major: 6 } };

/** The line about the hand back that init gives up because the keeper has not answered in time. */
function lineOfGivenUp(lost: readonly { readonly queue: string; readonly id: string }[], mayHoldUndelivered: boolean) {
  const universe = new Universe({ engine: "fork", workers: 1, redis });
  universe.settle();
  const [worker] = universe.world.workers;
  assert.ok(worker);
  const unwritten = lost
    .slice(1)
    .map((job) => ({ outcome: "unwritten", ...job, starts: 1, ends: 0, stacks: 0 }) as const);
  const exitReport = { finished: 0, failed: 0, handedBack: [], mayHoldUndelivered, lost, unwritten };
  universe.happen({ kind: "workerExitReport", worker: worker.id, exitReport });
  universe.happen({ kind: "workerExited", worker: worker.id, status: { exitCode: 74 } });
  universe.pending = universe.pending.filter(({ kind }) => kind !== "jobsHandedBack");
  universe.now += limits.lockDurationMs;
  universe.decide();
  const action = universe.actions.find(({ kind }) => kind === "giveUpHandBack");
  assert.ok(action);
  const lines: Record<string, unknown>[] = [];
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) });
  new ActionLog(universe.world, log).write(action);
  return { line: lines[0], workerPid: worker.pid };
}

test("a hand back that is given up is logged with its worker, its jobs, and those of them that had finished", () => {
  const { line, workerPid } = lineOfGivenUp(
    ["1", "2", "3"].map((id) => ({ queue: "jobs", id, starts: 1 })),
    false,
  );
  assert.partialDeepStrictEqual(line, {
    level: pino.levels.values["error"],
    slot: 0,
    workerPid,
    count: 3,
    jobs: ["jobs:1", "jobs:2", "jobs:3"],
    finished: ["jobs:2", "jobs:3"],
    msg: "gave up handing back jobs of a dead worker; they run again when BullMQ's stalled check finds them",
  });
});

test("if the dead worker is not known to hold a job, nothing is given up, which is not an error", () => {
  const { line, workerPid } = lineOfGivenUp([], true);
  assert.deepEqual(
    { level: line?.["level"], workerPid: line?.["workerPid"], mayHoldMore: line?.["mayHoldMore"], msg: line?.["msg"] },
    {
      level: pino.levels.values["warn"],
      workerPid,
      mayHoldMore: true,
      msg: "gave up looking for jobs of a dead worker that is not known to hold any",
    },
  );
});

for (const [kind, fields] of [
  ["addWorker", { added: 1 }],
  ["removeWorker", { removed: 1 }],
] as const)
  test(`a reload logs that it undoes ${kind}`, () => {
    const universe = new Universe({ engine: "fork", workers: 2 });
    universe.settle();
    const before = universe.actions.length;
    universe.happen({ kind: "order", order: { kind } });
    universe.happen({ kind: "order", order: { kind: "reload" } });
    universe.settle();
    const lines: Record<string, unknown>[] = [];
    const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) });
    for (const action of universe.actions.slice(before))
      if (action.kind === "activate") new ActionLog(universe.world, log).write(action);
    assert.deepEqual(
      lines.map(({ msg }) => msg),
      ["activated generation", "undid earlier TTIN and TTOU"],
    );
    assert.partialDeepStrictEqual(lines[1], { generation: 2, ...fields });
  });
