import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, test } from "node:test";
import { EarlyProcess } from "../../../../src/init/processes/early-process.ts";
import type { SpawnedProcess } from "../../../../src/init/processes/spawn-own.ts";

const board = { fd: 4, memory: new ArrayBuffer(8) };

function started(pid?: number) {
  const emitter = new EventEmitter();
  const kills: NodeJS.Signals[] = [];
  const process: SpawnedProcess = {
    pid,
    on: (event: string, listener: (...values: never[]) => void) =>
      emitter.on(event, listener as (...values: unknown[]) => void),
    launch: () => assert.fail("it has no launch config yet"),
    kill: (signal) => void kills.push(signal),
  };
  return { early: new EarlyProcess(process, board), process, emitter, kills };
}

describe("the process that init starts early", () => {
  test("becomes one template, and is libuv's to reap until it has exited", () => {
    const { early, process, emitter, kills } = started(7);
    assert.equal(early.owns(7), true);
    assert.equal(early.owns(8), false);
    assert.equal(early.take(), process);
    assert.equal(early.take(), undefined);
    early.end();
    assert.deepEqual(kills, []);
    assert.equal(early.owns(7), true);
    emitter.emit("exit", 0, null);
    assert.equal(early.owns(7), false);
  });

  test("is killed if init leaves without having used it, and cannot be used afterwards", () => {
    const { early, kills } = started(7);
    early.end();
    early.end();
    assert.deepEqual(kills, ["SIGKILL"]);
    assert.equal(early.take(), undefined);
  });

  test("is not used if it has ended, and its pid may be another process's by then", () => {
    const { early, emitter, kills } = started(7);
    emitter.emit("exit", 1, null);
    assert.equal(early.take(), undefined);
    early.end();
    assert.deepEqual(kills, []);
  });

  test("is not used if the system refused it", () => {
    const { early, emitter, kills } = started();
    assert.equal(early.take(), undefined);
    emitter.emit("error", new Error("EAGAIN"));
    early.end();
    assert.deepEqual(kills, []);
  });
});
