import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import { notifySocketOf } from "../../../../src/init/processes/notify-socket.ts";

function watchdogOf(variables: Readonly<Record<string, string>>) {
  const warnings: unknown[] = [];
  const log = pino({}, { write: (line: string) => warnings.push((JSON.parse(line) as { msg: unknown }).msg) });
  const socket = notifySocketOf({ NOTIFY_SOCKET: "/run/notify", ...variables }, log);
  return { watchdogMs: socket?.watchdogMs, warnings };
}

test("the watchdog's time is in microseconds, and for this process", () => {
  assert.deepEqual(watchdogOf({ WATCHDOG_USEC: "2000000" }), { watchdogMs: 2_000, warnings: [] });
  assert.deepEqual(watchdogOf({ WATCHDOG_USEC: "2000000", WATCHDOG_PID: "1" }), {
    watchdogMs: undefined,
    warnings: [],
  });
  assert.deepEqual(watchdogOf({}), { watchdogMs: undefined, warnings: [] });
});

test("a watchdog's time that is not a number is not ignored silently", () => {
  for (const text of ["abc", "-5", "0", "5s"])
    assert.deepEqual(watchdogOf({ WATCHDOG_USEC: text }), {
      watchdogMs: undefined,
      warnings: ["ignored WATCHDOG_USEC: init sends no sign of life to the service manager"],
    });
});
