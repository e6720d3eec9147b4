import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { monotonicClock } from "../../../../src/clock/monotonic.ts";
import { ConnectionChanges } from "../../../../src/worker/queues/connection-changes.ts";

const connected = { connected: true, error: undefined, refused: false, attempts: 0 };
const away = { connected: false, error: "ECONNREFUSED", refused: false, attempts: 1 };
let log: string[];
let changes: ConnectionChanges;

beforeEach(() => {
  log = [];
  changes = new ConnectionChanges((state) => log.push(state.connected ? "state: connected" : "state: away"));
});

test("a part is told when the connections are lost and when they are there again, once each", () => {
  changes.whenLost(() => log.push("lost"));
  changes.whenConnected(() => log.push("connected"));
  for (const state of [away, connected, connected, away, away, connected]) changes.now(state);
  assert.deepEqual(
    log.filter((line) => !line.startsWith("state: ")),
    ["connected", "lost", "connected"],
  );
  assert.equal(log.length, 9);
});

test("a listener that is added after the connections were established is called at once", () => {
  changes.now(connected);
  changes.whenConnected(() => log.push("connected"));
  assert.deepEqual(log, ["state: connected", "connected"]);
});

test("connections that were never made are not lost", () => {
  changes.whenLost(() => log.push("lost"));
  changes.now(away);
  assert.deepEqual(log, ["state: away"]);
});

test("a connection counts as lost for as long as it is away, and until it is there again", () => {
  changes.now(connected);
  const sinceConnected = monotonicClock.now() + 1;
  assert.equal(changes.lostSince(sinceConnected), false);
  changes.now(away);
  assert.equal(changes.lostSince(sinceConnected - 2), true);
});
