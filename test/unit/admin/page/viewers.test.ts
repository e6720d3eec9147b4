import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { describe, test } from "node:test";
import { Viewers } from "../../../../src/admin/page/viewers.ts";

/** A viewer's connection, whose client receives what was sent only when the test says so. */
class Connection extends EventEmitter {
  readonly got: string[] = [];
  writableNeedDrain = false;
  isSlow = false;
  destroyed = false;

  writeHead(): void {}

  write(text: string): boolean {
    this.got.push(text);
    this.writableNeedDrain = this.isSlow;
    return !this.isSlow;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

function viewersOf(most = 3) {
  const watched: boolean[] = [];
  let state = 0;
  const viewers = new Viewers({
    most,
    patienceMs: 20_000,
    whole: () => `whole ${state}`,
    watched: (isWatched) => watched.push(isWatched),
  });
  const join = () => {
    const connection = new Connection();
    viewers.add(connection as unknown as ServerResponse);
    return connection;
  };
  const send = (now = 0) => viewers.send(`change ${++state}`, now);
  return { viewers, watched, join, send };
}

describe("viewers of the page", () => {
  test("get the whole state first, and then each change", () => {
    const { join, send } = viewersOf();
    const first = join();
    send();
    const second = join();
    send();
    assert.deepEqual(first.got, ["whole 0", "change 1", "change 2"]);
    assert.deepEqual(second.got, ["whole 1", "change 2"]);
  });

  test("that do not receive are sent nothing more, and the whole state when they have caught up", () => {
    const { join, send } = viewersOf();
    const slow = join();
    slow.isSlow = true;
    for (let now = 0; now < 10_000; now += 1_000) send(now);
    assert.deepEqual(slow.got, ["whole 0", "change 1"]);
    slow.isSlow = false;
    slow.writableNeedDrain = false;
    send(10_000);
    send(11_000);
    assert.deepEqual(slow.got, ["whole 0", "change 1", "whole 11", "change 12"]);
  });

  test("that do not receive for too long are disconnected", () => {
    const { viewers, join, send } = viewersOf();
    const slow = join();
    slow.isSlow = true;
    for (let now = 0; now <= 20_000; now += 1_000) send(now);
    assert.equal(slow.destroyed, false);
    send(21_000);
    assert.equal(slow.destroyed, true);
    assert.equal(viewers.size, 0);
  });

  test("are counted, and the first and the last one are noticed", () => {
    const { viewers, watched, join } = viewersOf(2);
    const [first, second] = [join(), join()];
    assert.equal(viewers.isFull, true);
    first.destroy();
    assert.equal(viewers.isFull, false);
    assert.deepEqual(watched, [true]);
    second.destroy();
    assert.deepEqual(watched, [true, false]);
  });

  test("get nothing if nothing has changed", () => {
    const { viewers, join } = viewersOf();
    const one = join();
    viewers.send(undefined, 0);
    assert.deepEqual(one.got, ["whole 0"]);
  });
});
