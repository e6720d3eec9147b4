import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { keysIn } from "../../../../src/admin/terminal/keys.ts";
import { lineText } from "../../../../src/admin/terminal/styled.ts";
import {
  newWatchState,
  pressed,
  screenLines,
  type WatchState,
  withStatus,
} from "../../../../src/admin/terminal/watch-state.ts";
import type { Status } from "../../../../src/protocol/status.ts";

function statusWith(...ids: string[]): Status {
  const verdict = { ok: true, reason: null, slots: [] };
  const holding = ids.map((id) => ({ queue: "mail", id, runningMs: 12_000 }));
  const worker = {
    pid: 7,
    generation: 1,
    mode: "taking",
    notTakingReason: null,
    connected: true,
    connectionError: null,
  };
  const slot = { slot: 0, spec: "mail", finished: 3, failed: 1, restarts: 0, lastDeath: null, oomKills: 0 };
  return {
    pid: 1,
    phase: "running",
    ready: true,
    health: { startup: verdict, ready: verdict, live: verdict },
    engine: "fork",
    engineReason: null,
    generation: 1,
    uptimeMs: 5_000,
    templates: [],
    keeper: null,
    slots: [
      {
        ...slot,
        workers: [{ ...worker, queues: [], holding, idleMs: null, finished: 3, failed: 1, memory: null, runners: [] }],
      },
    ],
    ranges: [],
    spares: [],
    totals: { finished: 3, failed: 1, handedBack: 0, lost: 0 },
  } as unknown as Status;
}

/** Presses keys one after another, and returns the last state and all orders. */
function after(start: WatchState, text: string) {
  const orders: unknown[] = [];
  let state = start;
  for (const key of keysIn(text)) {
    const next = pressed(state, key);
    state = next.state;
    if (next.order !== undefined) orders.push(next.order.kind === "signal" ? next.order.signal : next.order);
  }
  return { state, orders };
}

const [up, down] = ["\u001b[A", "\u001b[B"];
const shown = (state: WatchState, rows = 24, columns = 120) =>
  screenLines(state, { columns, rows }, true).map((line) => lineText(line, false));

describe("forker status --watch", () => {
  test("understands keys in pieces, and ignores others", () => {
    assert.deepEqual(keysIn(`${up}j\u001b[1;5C\u001bOB\u001b[200~ß\r`), ["up", "j", "down", "ß", "enter"]);
    assert.deepEqual(keysIn("\u001b"), ["escape"]);
  });

  test("sends the orders of signals, and quits", () => {
    const { orders } = after(newWatchState(statusWith("1")), "srlqz\u0003");
    assert.deepEqual(orders, ["SIGUSR2", "SIGCONT", "SIGHUP", { kind: "quit" }, { kind: "quit" }]);
  });

  test("stops the selected job, after it has asked", () => {
    const start = newWatchState(statusWith("1", "2", "3"));
    assert.match(after(start, "x").state.message, /select a job first/);
    const asked = after(start, `${down}${down}${down}${down}${up}x`);
    assert.deepEqual(asked.orders, []);
    assert.match(shown(asked.state).at(-1) ?? "", /^stop mail:2\? y stops it/);
    assert.deepEqual(after(asked.state, "nx").orders, []);
    assert.deepEqual(after(asked.state, "y").orders, [
      { kind: "stopJob", job: { queue: "mail", id: "2", runningMs: 12_000 } },
    ]);
  });

  test("asks about no job that has ended", () => {
    const asked = after(newWatchState(statusWith("1", "2")), `${down}x`).state;
    const next = withStatus(asked, statusWith("2"));
    assert.deepEqual([next.selected, next.confirming], [undefined, undefined]);
    assert.deepEqual(after(next, "y").orders, []);
  });

  test("fits into every size of a terminal, and scrolls to the selected job", () => {
    const ids = Array.from({ length: 40 }, (_, at) => `job-${at}`);
    const state = after(newWatchState(statusWith(...ids)), up).state;
    assert.ok(shown(state).some((line) => line.includes("mail:job-39")));
    for (const rows of [1, 2, 3, 10, 100])
      for (const columns of [1, 10, 80]) {
        const lines = shown(state, rows, columns);
        assert.ok(lines.length <= rows && lines.every((line) => line.length <= columns), `${rows} × ${columns}`);
      }
  });
});
