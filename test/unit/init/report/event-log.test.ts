import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { EventLog } from "../../../../src/init/report/event-log.ts";
import type { Event } from "../../../../src/init/state/event.ts";
import { ThrottledWarnings } from "../../../../src/log/throttled-warnings.ts";
import { Universe } from "../../../support/universe.ts";

type Line = Record<string, unknown>;

/** A forker whose workers run, and the log of what then happens to it. */
function running(workers: number): { readonly lines: Line[]; readonly happen: (event: Event) => void } {
  const universe = new Universe({ engine: "fork", workers });
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
