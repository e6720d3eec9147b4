import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { repeated, type WorkerSpec } from "../../../../src/config/workload.ts";
import { EventLog } from "../../../../src/init/report/event-log.ts";
import type { Event } from "../../../../src/init/state/event.ts";
import { ThrottledWarnings } from "../../../../src/log/throttled-warnings.ts";
import { Universe } from "../../../support/universe.ts";

type Line = Record<string, unknown>;

/** A forker whose workers run, and the log of what then happens to it. */
function running(
  workers: number,
  specs?: readonly WorkerSpec[],
): { readonly lines: Line[]; readonly happen: (event: Event) => void } {
  const universe = new Universe({ engine: "fork", workers, ...(specs !== undefined && { specs }) });
  universe.settle();
  const lines: Line[] = [];
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as Line) });
  const eventLog = new EventLog(universe.world, log, new ThrottledWarnings(log), "fork");
  return {
    lines,
    happen(event) {
      eventLog.write(event, universe.now);
      universe.happen(event);
    },
  };
}

test("an order to remove the last worker is logged as one that changes nothing", () => {
  const { lines, happen } = running(2);
  const order = { kind: "order", order: { kind: "removeWorker" } } as const;
  happen(order);
  happen(order);
  assert.deepEqual(
    lines.map(({ msg }) => msg),
    ["received order", "received order", "ignored order: one worker always remains"],
  );
});

test("an order that changes the maximum of a range is logged with its bounds, and one that cannot as such", () => {
  const { lines, happen } = running(2, repeated({ queues: ["mail"] }, { minimum: 0, count: 2 }));
  for (const kind of ["removeWorker", "removeWorker", "addWorker", "addWorker"] as const)
    happen({ kind: "order", order: { kind } });
  assert.deepEqual(
    lines.filter(({ msg }) => msg !== "received order").map(({ msg, from, to }) => [msg, from, to]),
    [
      ["changed maximum of a range", 2, 1],
      ["ignored order: the maximum of a range is at least 1", undefined, undefined],
      ["changed maximum of a range", 1, 2],
    ],
  );
});
