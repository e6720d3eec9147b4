import assert from "node:assert/strict";
import { beforeEach, describe, test } from "node:test";
import { ServiceManager } from "../../../../src/init/report/service-manager.ts";
import type { Generation } from "../../../../src/init/state/generation.ts";
import { newWorld } from "../../../../src/init/state/new-world.ts";
import type { World } from "../../../../src/init/state/world.ts";

const EAGAIN = 11;

describe("the service manager", () => {
  let world: World;
  let sent: string[];
  let warnings: object[];
  let errno: number;
  let reason: string | null;

  beforeEach(() => {
    world = newWorld();
    sent = [];
    warnings = [];
    errno = 0;
    reason = null;
  });

  function notifying(watchdogMs?: number): ServiceManager {
    const none = () => undefined;
    return new ServiceManager({
      world,
      log: { debug: none, info: none, warn: (fields: object) => warnings.push(fields), error: none, fatal: none },
      send: (text) => {
        if (errno === 0) sent.push(text);
        return errno;
      },
      watchdogMs,
      notReadyReason: () => reason,
    });
  }

  function isUp(): void {
    Object.assign(world, { phase: "running", isUp: true, reloadWanted: false, current: { number: 1 } as Generation });
  }

  const states = () => sent.splice(0).filter((text) => !text.startsWith("STATUS="));

  test("hears READY=1 once forker is up, a reload and its end, and the stop", () => {
    const manager = notifying();
    manager.turned(1);
    assert.deepEqual(states(), []);
    isUp();
    manager.turned(2);
    manager.turned(3);
    assert.deepEqual(states(), ["READY=1"]);
    world.reloadWanted = true;
    manager.turned(4.5);
    manager.turned(5);
    assert.deepEqual(states(), ["RELOADING=1\nMONOTONIC_USEC=4500"]);
    world.reloadWanted = false;
    manager.turned(6);
    assert.deepEqual(states(), ["READY=1"]);
    world.phase = "stopping";
    manager.turned(7);
    manager.turned(8);
    assert.deepEqual(states(), ["STOPPING=1"]);
  });

  test("hears of a drain before forker was up, and of no start after it", () => {
    const manager = notifying();
    world.phase = "draining";
    manager.turned(1);
    assert.deepEqual(states(), ["STOPPING=1"]);
  });

  test("shows why a slot takes no jobs, on one line, when it changes", () => {
    const manager = notifying();
    isUp();
    reason = "slot 1: waiting for\nRedis";
    manager.turned(1);
    manager.turned(2);
    reason = null;
    manager.turned(3);
    const shown = sent.filter((text) => text.startsWith("STATUS="));
    assert.deepEqual(shown, [
      "STATUS=generation 1: slot 1: waiting for\\nRedis",
      "STATUS=generation 1: every slot takes jobs",
    ]);
  });

  test("hears its watchdog four times in its interval", () => {
    const manager = notifying(20_000);
    isUp();
    for (let now = 0; now < 20_000; now += 1_000) manager.turned(now);
    assert.equal(states().filter((text) => text === "WATCHDOG=1").length, 4);
  });

  test("that does not listen hears everything later, and the failure is logged once", () => {
    const manager = notifying();
    isUp();
    errno = EAGAIN;
    manager.turned(1);
    manager.turned(2);
    assert.deepEqual([sent, warnings], [[], [{ cause: "EAGAIN" }]]);
    errno = 0;
    manager.turned(3);
    assert.deepEqual(states(), ["READY=1"]);
  });
});
