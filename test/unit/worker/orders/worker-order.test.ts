import assert from "node:assert/strict";
import { test } from "node:test";
import { type WorkerSignal, workerSignals } from "../../../../src/signals/signal-table.ts";
import { initialMode, type Mode, type ModeEvent, nextMode } from "../../../../src/worker/orders/mode.ts";
import { orderOf, type WorkerOrder } from "../../../../src/worker/orders/worker-order.ts";

const modeEvents: readonly string[] = ["take", "suspend", "resume", "drain", "stop"] satisfies ModeEvent[];

function changesMode(order: WorkerOrder | undefined): order is WorkerOrder & { readonly kind: ModeEvent } {
  return order !== undefined && modeEvents.includes(order.kind);
}

/** The mode of a taking worker after these signals have arrived together. */
function together(...signals: WorkerSignal[]): Mode {
  let state = nextMode(initialMode, "take");
  let memory = { termsInDrain: 0 };
  for (const signal of workerSignals.toReversed().filter((known) => signals.includes(known))) {
    const decided = orderOf(signal, state.mode, memory);
    memory = decided.memory;
    if (changesMode(decided.order)) state = nextMode(state, decided.order.kind);
  }
  return state.mode;
}

test("QUIT and TERM that come together mean drain, in whatever order Node delivers them", () => {
  assert.equal(together("SIGTERM", "SIGQUIT"), "draining");
  assert.equal(together("SIGQUIT", "SIGTERM"), "draining");
});

test("INT means stop, even during a drain", () => {
  assert.equal(together("SIGQUIT", "SIGINT"), "stopping");
  assert.equal(together("SIGINT"), "stopping");
});

test("HUP and TERM that come together drain a worker that is to be replaced", () => {
  assert.equal(together("SIGHUP", "SIGTERM"), "draining");
});

test("the second TERM of a drain means stop, and a TERM during a stop means stop at once", () => {
  const first = orderOf("SIGTERM", "draining", { termsInDrain: 0 });
  assert.equal(first.order, undefined);
  assert.deepEqual(orderOf("SIGTERM", "draining", first.memory).order, { kind: "stop", timeoutMs: undefined });
  assert.deepEqual(orderOf("SIGTERM", "stopping", first.memory).order, { kind: "stop", timeoutMs: 0 });
});

test("every signal of forker has a meaning in every mode", () => {
  const modes: Mode[] = ["standby", "taking", "suspended", "stopping", "ended"];
  for (const signal of workerSignals) {
    for (const mode of modes) assert.ok(orderOf(signal, mode, { termsInDrain: 0 }).order, `${signal} in ${mode}`);
  }
});
