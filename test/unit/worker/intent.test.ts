import assert from "node:assert/strict";
import { test } from "node:test";
import { intentOf, type WorkerSignal, workerSignals } from "../../../src/worker/intent.ts";
import { initialMode, type Mode, nextMode } from "../../../src/worker/mode.ts";

/** The mode that a taking worker is in after these signals came together. */
function together(...signals: WorkerSignal[]): Mode {
  let state = nextMode(initialMode, "take");
  let memory = { termsInDrain: 0 };
  for (const signal of workerSignals.filter((known) => signals.includes(known))) {
    const decided = intentOf(signal, state.mode, memory);
    memory = decided.memory;
    if (decided.intent !== undefined && decided.intent.kind !== "stopJobs")
      state = nextMode(state, decided.intent.kind);
  }
  return state.mode;
}

test("QUIT and TERM that come together mean drain, in whatever order Node delivers them", () => {
  assert.equal(together("SIGTERM", "SIGQUIT"), "draining");
  assert.equal(together("SIGQUIT", "SIGTERM"), "draining");
});

test("INT means stop, even beside a drain", () => {
  assert.equal(together("SIGQUIT", "SIGINT"), "stopping");
  assert.equal(together("SIGINT"), "stopping");
});

test("HUP and TERM that come together drain a worker that is to be replaced", () => {
  assert.equal(together("SIGHUP", "SIGTERM"), "draining");
});

test("the second TERM of a drain means stop, and a TERM during a stop means stop at once", () => {
  const first = intentOf("SIGTERM", "draining", { termsInDrain: 0 });
  assert.equal(first.intent, undefined);
  assert.deepEqual(intentOf("SIGTERM", "draining", first.memory).intent, { kind: "stop", timeoutMs: undefined });
  assert.deepEqual(intentOf("SIGTERM", "stopping", first.memory).intent, { kind: "stop", timeoutMs: 0 });
});

test("every signal of forker has a meaning in every mode", () => {
  const modes: Mode[] = ["standby", "taking", "suspended", "stopping", "ended"];
  for (const signal of workerSignals) {
    for (const mode of modes) assert.ok(intentOf(signal, mode, { termsInDrain: 0 }).intent, `${signal} in ${mode}`);
  }
});
