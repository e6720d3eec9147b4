import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pino } from "pino";
import type { ForkerDefinition } from "../../../src/app/definition.ts";
import { Listeners } from "../../../src/app/listeners.ts";

function listenersOf(definition: ForkerDefinition) {
  const lines: string[] = [];
  const write = (line: string) => {
    const { msg, queue, job } = JSON.parse(line) as { msg: string; queue: string; job?: string };
    lines.push(`${queue}:${job} ${msg}`);
  };
  const listeners = new Listeners(definition, pino({ base: null }, { write }));
  const emit = (queue: string, event: string, ...values: unknown[]) => {
    for (const [name, listener] of listeners.of(queue)) if (name === event) listener(...values);
  };
  return { listeners, emit, lines };
}

const process = async () => {};
const job = { id: "7" };

describe("listeners", () => {
  test("for all queues come before the queue's own, which are chosen as its processor is", () => {
    const heard: unknown[][] = [];
    const hear =
      (name: string) =>
      (...values: unknown[]) =>
        void heard.push([name, ...values]);
    const { emit } = listenersOf({
      on: { completed: hear("all") },
      processors: {
        "*": { process, on: { completed: hear("any") } },
        "mail-*": { process, on: { completed: hear("mail"), drained: undefined } },
        shop: process,
      },
    });
    emit("mail-1", "completed", job, "result", "active");
    emit("shop", "completed", job, "result", "active");
    emit("mail-1", "drained");
    assert.deepEqual(heard, [
      ["all", job, "result", "active"],
      ["mail", job, "result", "active"],
      ["all", job, "result", "active"],
    ]);
  });

  test("that throw or reject are logged, and harm nothing else", async () => {
    const { emit, lines, listeners } = listenersOf({
      on: {
        failed: () => {
          throw new Error("at once");
        },
      },
      processors: { mail: { process, on: { failed: () => Promise.reject(new Error("later")) as unknown as void } } },
    });
    emit("mail", "failed", job, new Error("no"), "active");
    await listeners.settled();
    assert.deepEqual(lines, ["mail:7 listener of failed failed: at once", "mail:7 listener of failed failed: later"]);
  });

  test("that return a promise are waited for, and named while they run", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { emit, listeners } = listenersOf({
      on: { completed: () => promise as unknown as void },
      processors: { "*": process },
    });
    emit("mail", "completed", job, 1, "active");
    assert.deepEqual(listeners.running, ["mail:7"]);
    let isSettled = false;
    const settled = listeners.settled().then(() => (isSettled = true));
    await new Promise((resolve_) => setImmediate(resolve_));
    assert.equal(isSettled, false);
    resolve();
    await settled;
    assert.deepEqual(listeners.running, []);
  });

  test("are not called once the application was torn down", () => {
    let calls = 0;
    const { emit, listeners } = listenersOf({ on: { active: () => calls++ }, processors: { "*": process } });
    emit("mail", "active", job, "waiting");
    listeners.close();
    emit("mail", "active", job, "waiting");
    assert.equal(calls, 1);
  });

  test("make init pass on the ends of jobs only if one is for an end", () => {
    const hears = (definition: Omit<ForkerDefinition, "processors">, own?: ForkerDefinition["on"]) =>
      listenersOf({ ...definition, processors: { "*": process, mail: { process, on: own } } }).listeners.hearEnds;
    assert.equal(hears({}), false);
    assert.equal(hears({ on: { active: () => {} } }, { drained: () => {} }), false);
    assert.equal(hears({ on: { failed: () => {} } }), true);
    assert.equal(hears({}, { completed: () => {} }), true);
  });
});
