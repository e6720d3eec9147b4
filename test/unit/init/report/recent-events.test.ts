import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { RecentEvents } from "../../../../src/init/report/recent-events.ts";
import { recording } from "../../../../src/log/leveled-log.ts";

function recorded() {
  const lines: unknown[] = [];
  const events = new RecentEvents(() => 1_000);
  const log = recording(pino({ level: "error" }, { write: (line) => void lines.push(JSON.parse(line)) }), (...line) =>
    events.record(...line),
  );
  return { log, events, lines };
}

test("the page shows what init reports, whatever level it logs", () => {
  const { log, events, lines } = recorded();
  log.info({ slot: 3, generation: undefined }, "worker started");
  log.debug({ slot: 3 }, "sent order to worker");
  log.error({ slot: 3, signal: "SIGKILL", jobs: ["a", "b", "c", "d", "e", "f", "g"] }, "worker exited");
  log.error("gave up");
  assert.deepEqual(
    Object.values(events.all).map(({ level, message, fields }) => [level, message, fields]),
    [
      ["info", "worker started", { slot: "3" }],
      ["error", "worker exited", { slot: "3", signal: "SIGKILL", jobs: "a, b, c, d, e and 2 more" }],
      ["error", "gave up", {}],
    ],
  );
  assert.equal(lines.length, 2);
});

test("a bounded number of events is kept, each of a bounded length", () => {
  const { log, events } = recorded();
  for (let count = 0; count < 1_000; count++) log.warn({ cause: "x\u001b".repeat(10_000) }, "again");
  const kept = Object.entries(events.all);
  assert.equal(kept.length, 60);
  assert.equal(kept.at(-1)?.[0], "999");
  assert.ok(JSON.stringify(kept).length < 200_000);
});
