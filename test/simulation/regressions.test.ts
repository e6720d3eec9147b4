// Faults that the simulation has found, each in its shrunk world.
import assert from "node:assert/strict";
import { test } from "node:test";
import { runWorld } from "./run-world.ts";
import { drawScenario } from "./scenario/draw-scenario.ts";
import type { Fault } from "./scenario/scenario.ts";

async function historyOf(seed: number, faults: readonly Fault[]): Promise<string> {
  const { violation, history } = await runWorld({ ...drawScenario(seed), faults });
  const text = history.lines(true).join("\n");
  assert.equal(violation, undefined, text);
  return text;
}

test("a template that closes its channel while it loads is killed for that, and soon", async () => {
  const hangUp = { kind: "hangUp", role: "template", choice: 0, atMs: 1_700 } as const;
  assert.match(
    await historyOf(478, [hangUp]),
    /sent SIGKILL to template .*reason="it closed its channel and did not exit"/,
  );
});

test("init names the cause if it has no descriptor left to verify a template's user with", async () => {
  const exhausted = { kind: "descriptorsExhausted", forMs: 25_000, atMs: 30_000 } as const;
  const reload = { kind: "signal", signal: "SIGHUP", atMs: 32_000 } as const;
  assert.match(
    await historyOf(98, [exhausted, reload]),
    /init cannot determine which user its template runs as: EMFILE/,
  );
});

test("a reload gives no more time to a worker that has closed its channel", async () => {
  const hangUp = { kind: "hangUp", role: "worker", choice: 2, atMs: 60_000 } as const;
  const reload = { kind: "signal", signal: "SIGHUP", atMs: 61_000 } as const;
  assert.match(
    await historyOf(153, [hangUp, reload]),
    /sent SIGKILL to worker .*reason="init can no longer reach it, and it did not exit"/,
  );
});

test("a worker that has reported its end and does not exit is killed for that", async () => {
  const exitHangs = { kind: "exitHangs", forMs: 60_000, atMs: 1_000 } as const;
  const quit = { kind: "signalWorker", choice: 80, signal: "SIGQUIT", atMs: 4_000 } as const;
  assert.match(
    await historyOf(173, [exitHangs, quit]),
    /sent SIGKILL to worker .*reason="it reported its end and did not exit"/,
  );
});

test("a reload gives no more time to a template that has closed its channel", async () => {
  const hangUp = { kind: "hangUp", role: "template", choice: 0, atMs: 50_000 } as const;
  const kill = { kind: "signalWorker", choice: 0, signal: "SIGKILL", atMs: 50_100 } as const;
  const reload = { kind: "signal", signal: "SIGHUP", atMs: 50_200 } as const;
  assert.match(
    await historyOf(94, [hangUp, kill, reload]),
    /sent SIGKILL to template .*reason="it closed its channel and did not exit"/,
  );
});

test("a suspended slot is not ready while its frozen worker drains in a reload", async () => {
  const suspend = { kind: "signal", signal: "SIGUSR2", atMs: 30_000 } as const;
  const freeze = { kind: "freezeWorker", choice: 0, forMs: 50_000, atMs: 40_000 } as const;
  const reload = { kind: "signal", signal: "SIGHUP", atMs: 50_000 } as const;
  await historyOf(371, [suspend, freeze, reload]);
});

test("init starts no template in the turn in which it gives up", async () => {
  const broken = { kind: "forkBroken", forMs: 45_829, atMs: 13_578 } as const;
  assert.match(await historyOf(1243, [broken]), /giving up .*reason="every worker crashed/);
});
