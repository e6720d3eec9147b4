import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { pino } from "pino";
import type { ForkerDefinition } from "../../../src/app/definition.ts";
import { type FencedHooks, fenceHooks } from "../../../src/app/hooks.ts";
import { ForkerError } from "../../../src/exit/forker-error.ts";

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly hook?: string;
  readonly queue?: string;
  readonly job?: string;
  readonly err?: { readonly message: string; readonly stack: string };
}

function fenced(hooks: Omit<ForkerDefinition, "processors">, timeoutMs = 20): { hooks: FencedHooks; lines: Line[] } {
  const lines: Line[] = [];
  const log = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line) as Line) });
  return { hooks: fenceHooks({ ...hooks, processors: {} }, timeoutMs, log), lines };
}

const worker = { slot: 0, generation: 1, queues: ["*"], concurrency: 1 };
const job = { id: "9", queueName: "mail" };
const never = () => new Promise(() => {});
const broken = new Error("broken");
function fails(): never {
  throw broken;
}

describe("a hook", () => {
  test("that is not defined does nothing", async () => {
    const { hooks, lines } = fenced({});
    assert.deepEqual(hooks.has, {
      afterFork: false,
      beforePerform: false,
      afterPerform: false,
      onFailure: false,
      teardown: false,
    });
    await hooks.warmup();
    await hooks.afterFork(worker);
    await hooks.beforePerform(job);
    await hooks.afterPerform(job, 1);
    await hooks.onFailure(job, broken);
    await hooks.teardown({ role: "template", generation: 1 });
    assert.deepEqual(lines, []);
  });

  for (const name of ["afterFork", "beforeFirstFork"] as const) {
    test(`called ${name} runs in each worker, and is logged by that name if it throws`, async () => {
      const calls: unknown[] = [];
      await fenced({ [name]: (info: unknown) => calls.push(info) }).hooks.afterFork(worker);
      assert.deepEqual(calls, [worker]);
      await assert.rejects(fenced({ [name]: fails }).hooks.afterFork(worker), { message: `${name}() failed: broken` });
    });
  }

  for (const [kind, fail] of [
    ["throws", fails],
    ["rejects", async () => await Promise.reject(broken)],
  ] as const) {
    test(`that ${kind} before the first job refuses the generation, or the worker`, async () => {
      const { hooks, lines } = fenced({ warmup: fail, afterFork: fail });
      for (const [name, call] of [
        ["warmup", hooks.warmup()],
        ["afterFork", hooks.afterFork(worker)],
      ] as const) {
        await assert.rejects(call, (error) => {
          assert.ok(error instanceof ForkerError);
          assert.equal(error.exit, "bootFailure");
          assert.equal(error.message, `${name}() failed: broken`);
          assert.equal(error.cause, broken);
          return true;
        });
      }
      assert.deepEqual(lines, []);
    });

    test(`that ${kind} at the start of a job fails the job with that very error`, async () => {
      await assert.rejects(fenced({ beforePerform: fail }).hooks.beforePerform(job), (error) => error === broken);
    });

    test(`that ${kind} after a job is logged with its name, its job and its stack`, async () => {
      const { hooks, lines } = fenced({ afterPerform: fail, onFailure: fail, teardown: fail });
      await hooks.afterPerform(job, 1);
      await hooks.onFailure(job, broken);
      await hooks.teardown({ role: "template", generation: 1 });
      assert.deepEqual(
        lines.map(({ level, msg, hook, queue, job: id }) => [level, msg, hook, queue, id]),
        [
          [50, "afterPerform() failed: broken", "afterPerform", "mail", "9"],
          [50, "onFailure() failed: broken", "onFailure", "mail", "9"],
          [50, "teardown() failed: broken", "teardown", undefined, undefined],
        ],
      );
      for (const { err } of lines) assert.match(err?.stack ?? "", /hooks\.test\.ts/);
    });
  }

  test("that never ends is given up at its deadline", async () => {
    const { hooks, lines } = fenced({ warmup: never, beforePerform: never, afterPerform: never });
    await assert.rejects(
      hooks.warmup(),
      /warmup\(\) failed: warmup\(\) did not end within 20ms \(FORKER_HOOK_TIMEOUT\)/,
    );
    await assert.rejects(hooks.beforePerform(job), /^DeadlineError: beforePerform\(\) did not end within 20ms/);
    await hooks.afterPerform(job, 1);
    assert.match(lines[0]?.msg ?? "", /afterPerform\(\) did not end within 20ms/);
  });

  test("that fails after its deadline does not end the process", async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    const { hooks } = fenced({ beforePerform: () => promise });
    await assert.rejects(hooks.beforePerform(job), /did not end within/);
    reject(broken);
    await promise.catch(() => undefined);
  });

  test("gets the definition as its this, and its thenable is awaited", async () => {
    const definition = {
      seen: [] as string[],
      beforePerform() {
        // oxlint-disable-next-line unicorn/no-thenable
        return { then: (done: () => void) => setImmediate(() => (this.seen.push("awaited"), done())) };
      },
      processors: {},
    };
    await fenceHooks(definition, 1000, pino({ level: "silent" })).beforePerform(job);
    assert.deepEqual(definition.seen, ["awaited"]);
  });

  test("named teardown receives the process that leaves", async () => {
    const told: unknown[] = [];
    const { hooks } = fenced({ teardown: (leaving) => told.push(leaving) });
    await hooks.teardown({ role: "template", generation: 2 });
    await hooks.teardown({ role: "worker", generation: 2, slot: 3 });
    assert.deepEqual(told, [
      { role: "template", generation: 2 },
      { role: "worker", generation: 2, slot: 3 },
    ]);
  });

  test("logs to the logger that was set last", async () => {
    const { hooks, lines } = fenced({ teardown: fails });
    const own: string[] = [];
    hooks.logTo(pino({ base: { role: "worker" } }, { write: (line: string) => own.push(line) }));
    await hooks.teardown({ role: "template", generation: 1 });
    assert.equal(lines.length, 0);
    assert.match(own[0] ?? "", /"role":"worker".*teardown\(\) failed: broken/);
  });
});
