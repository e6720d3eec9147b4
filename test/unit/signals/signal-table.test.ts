import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import os from "node:os";
import { describe, test } from "node:test";
import {
  forwardedSignals,
  meaningfulSignals,
  signalsLeftAlone,
  signalTable,
  wakeSignal,
  workerSignals,
} from "../../../src/signals/signal-table.ts";
import { orderOf } from "../../../src/worker/orders/worker-order.ts";

const document = readFileSync(new URL("../../../docs/SIGNALS.md", import.meta.url), "utf8");

const numbersByName: Readonly<Record<string, number>> = os.constants.signals;

describe("the signal table", () => {
  test("describes every signal that Linux and Node have, once", () => {
    const said: NodeJS.Signals[] = [...meaningfulSignals, ...forwardedSignals, ...signalsLeftAlone, wakeSignal];
    const numbers = said.map((name) => numbersByName[name]);
    assert.equal(new Set(numbers).size, said.length);
    const known = new Set(numbers);
    for (const [name, number] of Object.entries(numbersByName)) assert.ok(known.has(number), name);
  });

  for (const signal of meaningfulSignals) {
    test(`says of ${signal} what a worker makes of it`, () => {
      const inWorker = workerSignals.find((one) => one === signal);
      const order = inWorker && orderOf(inWorker, "taking", { termsInDrain: 0 }).order;
      assert.equal(order?.kind, signalTable[signal].worker);
    });

    test(`is what docs/SIGNALS.md has in its row of ${signal}`, () => {
      const { initMeaning, workerMeaning } = signalTable[signal];
      const row = `| ${signal.slice("SIG".length)} | ${initMeaning} | ${workerMeaning} |`;
      assert.ok(document.includes(row), `expected the line\n${row}`);
    });
  }

  test("is what docs/SIGNALS.md says about signals that are forwarded and left alone", () => {
    for (const [title, signals] of [
      ["Forwarded to the workers", forwardedSignals],
      ["Left alone", signalsLeftAlone],
    ] as const) {
      const line = `**${title}:** ${signals.map((name) => name.slice("SIG".length)).join(", ")}.`;
      assert.ok(document.replaceAll(/<!--.*?-->/g, "").includes(line), `expected the line\n${line}`);
    }
  });
});
