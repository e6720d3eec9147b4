import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import os from "node:os";
import { afterEach, describe, test } from "node:test";
import { installSignalQueue, type SignalQueue } from "../../../src/signals/signal-queue.ts";
import { forwardedSignals, meaningfulSignals, signalsLeftAlone } from "../../../src/signals/signal-table.ts";

const deadlineMs = 5_000;
// Node's test runner makes its children write a report on SIGUSR2.
if (process.report !== undefined) process.report.reportOnSignal = false;
let queue: SignalQueue | undefined;

afterEach(() => queue?.uninstall());

/** The next wake-up. */
async function woken(signals: SignalQueue): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error("nobody was woken")), deadlineMs);
  signals.onWake(resolve);
  await promise;
  clearTimeout(timer);
}

/** Sends the signals and waits until all have arrived, however many wake-ups that takes. */
async function arrived(signals: SignalQueue, wanted: ReadonlySet<NodeJS.Signals>): Promise<Set<NodeJS.Signals>> {
  const seen = new Set<NodeJS.Signals>();
  while (seen.size < wanted.size) {
    await woken(signals);
    for (const signal of signals.popAll()) seen.add(signal);
  }
  return seen;
}

function isCaught(signal: NodeJS.Signals): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "";
  return ((BigInt(`0x${mask}`) >> BigInt(os.constants.signals[signal] - 1)) & 1n) === 1n;
}

describe("the signal queue", () => {
  test("receives every signal that can be caught, through the kernel", async () => {
    const signals = (queue = installSignalQueue());
    const all = new Set<NodeJS.Signals>([...meaningfulSignals, ...forwardedSignals]);
    for (const signal of all) process.kill(process.pid, signal);
    assert.deepEqual([...(await arrived(signals, all))].sort(), [...all].sort());
    for (const signal of all) assert.ok(isCaught(signal), signal);
  });

  test("leaves PIPE and XFSZ as Node has them", () => {
    queue = installSignalQueue();
    for (const signal of signalsLeftAlone.filter((name) => name !== "SIGSEGV")) assert.ok(!isCaught(signal), signal);
  });

  test("counts repeats as one, and is empty after a look", async () => {
    const signals = (queue = installSignalQueue());
    for (let count = 0; count < 50; count++) process.kill(process.pid, "SIGHUP");
    assert.deepEqual([...(await arrived(signals, new Set(["SIGHUP"])))], ["SIGHUP"]);
    signals.put("SIGHUP");
    signals.put("hup");
    assert.deepEqual([...signals.popAll()], ["SIGHUP"]);
    assert.deepEqual([...signals.popAll()], []);
  });

  test("wakes a listener that comes late for what came before", () => {
    const signals = (queue = installSignalQueue());
    signals.put("QUIT");
    let wakes = 0;
    signals.onWake(() => wakes++);
    assert.equal(wakes, 1);
    assert.deepEqual([...signals.popAll()], ["SIGQUIT"]);
  });

  test("wakes at the end of a child without queueing a signal", async () => {
    const signals = (queue = installSignalQueue());
    spawn("true");
    await woken(signals);
    assert.deepEqual([...signals.popAll()], []);
  });

  test("accepts in put() the names and numbers of signals that it listens for, and no others", () => {
    const signals = (queue = installSignalQueue());
    for (const name of ["TERM", "SIGTERM", "term", "15"]) assert.ok(signals.put(name), name);
    for (const name of ["KILL", "SIGCHLD", "SEGV", "9", "0", "64", "", "NOPE"]) assert.ok(!signals.put(name), name);
    assert.deepEqual([...signals.popAll()], ["SIGTERM"]);
  });

  test("restores the defaults in uninstall()", () => {
    installSignalQueue().uninstall();
    for (const signal of ["SIGQUIT", "SIGHUP", "SIGUSR2"] as const) assert.ok(!isCaught(signal), signal);
  });
});
