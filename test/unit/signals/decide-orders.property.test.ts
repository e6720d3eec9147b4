import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { decideOrders, type SignalContext, termSeenAfter } from "../../../src/signals/decide-orders.ts";
import { forwardedSignals, meaningfulSignals, type Order } from "../../../src/signals/signal-table.ts";
import { assertHolds } from "../../support/properties.ts";

const signal = fc.constantFrom<NodeJS.Signals>(...meaningfulSignals, ...forwardedSignals);
const batch = fc.array(signal, { minLength: 1, maxLength: 12 });
const phases = ["booting", "running", "draining", "stopping"] as const;
const context: fc.Arbitrary<SignalContext> = fc.record({
  phase: fc.constantFrom(...phases),
  termSeen: fc.boolean(),
  interactive: fc.boolean(),
});

function phaseAfter(phase: SignalContext["phase"], orders: readonly Order[]): SignalContext["phase"] {
  const kinds = new Set(orders.map((order) => order.kind));
  if (kinds.has("stop") || kinds.has("killNow")) return "stopping";
  return kinds.has("drain") ? "draining" : phase;
}

function after(state: SignalContext, arrived: ReadonlySet<NodeJS.Signals>): SignalContext {
  const phase = phaseAfter(state.phase, decideOrders(state, arrived));
  return { ...state, phase, termSeen: termSeenAfter(state, arrived) };
}

describe("the intents of a batch of signals", () => {
  test("do not depend on the signals' order, nor on how often each came", () => {
    assertHolds(
      fc.property(context, batch, fc.infiniteStream(fc.nat()), (state, signals, keys) => {
        const order = new Map(signals.map((_, index) => [index, keys.next().value as number]));
        const shuffled = signals
          .map((name, index) => ({ name, key: order.get(index) ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ name }) => name);
        const expected = decideOrders(state, new Set(signals));
        assert.deepEqual(decideOrders(state, new Set(shuffled)), expected);
        assert.deepEqual(decideOrders(state, new Set([...shuffled, ...signals])), expected);
      }),
    );
  });

  test("hold each intent once, and never two that contradict each other", () => {
    assertHolds(
      fc.property(context, batch, (state, signals) => {
        const asked = decideOrders(state, new Set(signals));
        const kinds: string[] = asked.map((one) => (one.kind === "forward" ? one.signal : one.kind));
        assert.equal(new Set(kinds).size, kinds.length);
        for (const pair of [
          ["suspend", "resume"],
          ["addWorker", "removeWorker"],
          ["drain", "stop"],
          ["drain", "reload"],
        ])
          assert.ok(!pair.every((kind) => kinds.includes(kind)), `${pair.join()} in ${kinds.join()}`);
      }),
    );
  });

  test("never lead back: a process that leaves goes on leaving", () => {
    assertHolds(
      fc.property(context, fc.array(batch, { maxLength: 6 }), (start, batches) => {
        let state = start;
        for (const signals of batches) {
          const next = after(state, new Set(signals));
          assert.ok(phases.indexOf(next.phase) >= phases.indexOf(state.phase));
          state = next;
        }
      }),
    );
  });

  test("are the same drain whether QUIT and the TERM behind it come together or one by one, in this order", () => {
    assertHolds(
      fc.property(fc.constantFrom("booting", "running"), fc.boolean(), (phase, interactive) => {
        const start: SignalContext = { phase, termSeen: false, interactive };
        const together = after(start, new Set<NodeJS.Signals>(["SIGTERM", "SIGQUIT"]));
        const oneByOne = after(
          after(start, new Set<NodeJS.Signals>(["SIGQUIT"])),
          new Set<NodeJS.Signals>(["SIGTERM"]),
        );
        assert.deepEqual(together, oneByOne);
        assert.equal(together.phase, "draining");
      }),
    );
  });

  test("are nothing new when a signal comes again, except for a second TERM or INT", () => {
    const harmless = batch.filter((signals) => !signals.includes("SIGTERM") && !signals.includes("SIGINT"));
    assertHolds(
      fc.property(context, harmless, (state, signals) => {
        const arrived = new Set(signals);
        const once = after(state, arrived);
        assert.deepEqual(after(once, arrived), once);
      }),
    );
  });
});
