import assert from "node:assert/strict";
import net from "node:net";
import { describe, test } from "node:test";
import { pino } from "pino";
import type { WorkerMessage } from "../../../../src/protocol/messages.ts";
import type { HeldJob } from "../../../../src/worker/jobs/held-job.ts";
import { RunnerPool } from "../../../../src/worker/runners/runner-pool.ts";
import { runnerPoolEdges } from "../../../../src/worker/runners/runner-pool-edges.ts";
import type { RunnerPoolParts } from "../../../../src/worker/runners/runner-pool-parts.ts";
import { eventually } from "../../../support/deadline.ts";

const waitMs = 10_000;
const sockets: net.Socket[] = [];

/** A pool, its reports to init, and a runner that speaks as the test says. */
async function withPool(use: (pool: RunnerPool, sent: WorkerMessage[]) => Promise<void>): Promise<void> {
  const sent: WorkerMessage[] = [];
  const parts = {
    log: pino({ level: "silent" }, { write() {} }),
    tellInit: (message: WorkerMessage) => void sent.push(message),
    edges: runnerPoolEdges,
    judgeKill: () => Promise.resolve(undefined),
    limitsOf: () => ({ memoryBytes: undefined, nice: 0 }),
    stopAsked() {},
    waits() {},
    starts() {},
  } as unknown as RunnerPoolParts;
  const pool = new RunnerPool(parts);
  pool.setPlaces(1);
  try {
    await use(pool, sent);
  } finally {
    pool.close();
    for (const socket of sockets.splice(0)) socket.destroy();
  }
}

const held = () => ({ lane: { queue: "jobs" }, job: { id: "1" }, token: "token" }) as unknown as HeldJob;

async function dialAs(sent: readonly WorkerMessage[], runner: number) {
  const wanted = await eventually(waitMs, "the socket", () =>
    sent.find((message) => message.kind === "runnersWanted" && message.socketName !== undefined),
  );
  assert.ok(wanted.kind === "runnersWanted");
  const socket = net.connect(`\0${wanted.socketName}`);
  sockets.push(socket);
  const say = (message: object) => socket.write(`${JSON.stringify(message)}\n`);
  say({ kind: "hello", secret: wanted.secret, runner, pid: process.pid });
  return { socket, say };
}

const reported = (sent: readonly WorkerMessage[], kind: WorkerMessage["kind"]) =>
  eventually(waitMs, kind, () => sent.some((message) => message.kind === kind));

describe("a job in a runner", () => {
  test("ends as its runner said, even if init reports the end of the process before the worker has read that", async () => {
    await withPool(async (pool, sent) => {
      const { socket, say } = await dialAs(sent, 7);
      await reported(sent, "runnerPrimed");
      const result = pool.perform(held());
      pool.runnerEnded({ kind: "runnerEnded", runner: 7, fate: "failed", why: "exit code 0" });
      say({ kind: "ended", result: '"returned"' });
      socket.end();
      assert.equal(await result, "returned");
    });
  });

  test("fails with the cause once the channel of its runner has ended without a result", async () => {
    await withPool(async (pool, sent) => {
      const { socket, say } = await dialAs(sent, 7);
      await reported(sent, "runnerPrimed");
      const result = pool.perform(held());
      say({ kind: "started" });
      pool.runnerEnded({ kind: "runnerEnded", runner: 7, fate: "failed", why: "exit code 3" });
      socket.end();
      await assert.rejects(result, /the job's process ended: exit code 3/);
    });
  });

  test("fails if a process that the runner has started keeps the channel open", async () => {
    await withPool(async (pool, sent) => {
      const { say } = await dialAs(sent, 7);
      await reported(sent, "runnerPrimed");
      const result = pool.perform(held());
      say({ kind: "started" });
      pool.runnerEnded({ kind: "runnerEnded", runner: 7, fate: "failed", why: "exit code 3" });
      await assert.rejects(result, /exit code 3/);
    });
  });

  test("waits for the next runner if one that waited has ended, even if its channel is still open", async () => {
    await withPool(async (pool, sent) => {
      await dialAs(sent, 7);
      await reported(sent, "runnerPrimed");
      pool.runnerEnded({ kind: "runnerEnded", runner: 7, fate: "failed", why: "exit code 1" });
      const result = pool.perform(held());
      const { say } = await dialAs(sent, 8);
      await reported(sent, "runnerTaken");
      say({ kind: "ended", result: "1" });
      assert.equal(await result, 1);
    });
  });

  test("waits for the next runner if one has ended before the worker has read its first message", async () => {
    await withPool(async (pool, sent) => {
      pool.runnerEnded({ kind: "runnerEnded", runner: 7, fate: "failed", why: "exit code 1" });
      const dead = await dialAs(sent, 7);
      await new Promise((resolve) => dead.socket.resume().once("close", resolve));
      const result = pool.perform(held());
      const { say } = await dialAs(sent, 8);
      await reported(sent, "runnerTaken");
      say({ kind: "ended", result: "1" });
      assert.equal(await result, 1);
    });
  });

  test("runs in another runner if its own ends before it has got it", async () => {
    await withPool(async (pool, sent) => {
      const { socket } = await dialAs(sent, 7);
      await reported(sent, "runnerPrimed");
      const result = pool.perform(held());
      pool.runnerEnded({ kind: "runnerEnded", runner: 7, fate: "failed", why: "signal 11 (SIGSEGV)" });
      socket.end();
      const { say } = await dialAs(sent, 8);
      await eventually(waitMs, "the other runner", () =>
        sent.some((message) => message.kind === "runnerTaken" && message.runner === 8),
      );
      say({ kind: "started" });
      say({ kind: "ended", result: "1" });
      assert.equal(await result, 1);
    });
  });

  test("fails with the cause if several runners end before they have got it", async () => {
    await withPool(async (pool, sent) => {
      const result = pool.perform(held());
      const failed = assert.rejects(result, /the job's process ended: signal 11/);
      for (const runner of [7, 8, 9, 10]) {
        const { socket } = await dialAs(sent, runner);
        await eventually(waitMs, `runner ${runner}`, () =>
          sent.some((message) => message.kind === "runnerTaken" && message.runner === runner),
        );
        pool.runnerEnded({ kind: "runnerEnded", runner, fate: "failed", why: "signal 11 (SIGSEGV)" });
        socket.end();
      }
      await failed;
    });
  });
});
