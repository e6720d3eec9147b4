import { randomBytes } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { promisify } from "node:util";
import { runInThisContext } from "node:vm";
import { becomeQuiet, settleHeap } from "../../../src/engine/fork/quiet.ts";
import { trackEntropy } from "../../../src/engine/identity/entropy.ts";
import type { BatchPlan } from "../support/fates.ts";

const deadlineMs = 60_000;
/** The heap grows by this with each batch, and then shrinks to nothing. */
const risePerBatch = 10_000;
const batchesOfOneTide = 24;
let kept: object[][] = [];

/** Loads what a template would load. */
export async function load(): Promise<void> {
  trackEntropy();
  for (const name of ["bullmq", "ioredis", "pino"]) await import(name);
  await becomeQuiet({ deadlineMs });
  settleHeap();
}

/** What the template of the engine's soak test does between two batches: compile, use libuv's pool, grow and shrink its heap. */
export async function beforeBatch(batch: number, plan: BatchPlan): Promise<void> {
  if (batch % batchesOfOneTide === 0) kept = [];
  kept.push(Array.from({ length: risePerBatch }, (_, i) => ({ text: `${batch} ${i}` })));
  if (plan.usePool) await promisify(randomBytes)(64);
  await becomeQuiet({ deadlineMs });
  await setImmediate();
  if (plan.compile) heat(batch);
}

/** Makes a function hot that V8 has not seen before, so that it is being optimized at the next fork. */
function heat(batch: number): void {
  const source = `(n) => { let s = ${batch}; for (let i = 0; i < n; i++) s = (s * 31 + i) | 0; return s; }`;
  const hot = runInThisContext(source) as (n: number) => number;
  for (let i = 0; i < 200; i++) hot(3_000);
}
