import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decideOrders, type SignalContext, termSeenAfter } from "../../../src/signals/decide-orders.ts";

const running: SignalContext = { phase: "running", termSeen: false, interactive: false };
const draining: SignalContext = { ...running, phase: "draining" };

function asked(context: SignalContext, ...signals: NodeJS.Signals[]): string[] {
  return decideOrders(context, new Set(signals)).map((order) => (order.kind === "forward" ? order.signal : order.kind));
}

describe("one signal to init", () => {
  const meanings: [NodeJS.Signals, string][] = [
    ["SIGQUIT", "drain"],
    ["SIGTERM", "stop"],
    ["SIGINT", "stop"],
    ["SIGHUP", "reload"],
    ["SIGUSR1", "stopJobs"],
    ["SIGUSR2", "suspend"],
    ["SIGCONT", "resume"],
    ["SIGTTIN", "addWorker"],
    ["SIGTTOU", "removeWorker"],
    ["SIGWINCH", "SIGWINCH"],
    ["SIGTSTP", "SIGTSTP"],
  ];
  for (const [signal, meaning] of meanings) {
    test(`${signal} means ${meaning}, also during the boot`, () => {
      assert.deepEqual(asked(running, signal), [meaning]);
      assert.deepEqual(asked({ ...running, phase: "booting" }, signal), [meaning]);
    });
  }
});

describe("an init that leaves", () => {
  test("drains on QUIT and TERM in one batch", () => {
    assert.deepEqual(asked(running, "SIGTERM", "SIGQUIT"), ["drain"]);
    assert.equal(termSeenAfter(running, new Set(["SIGTERM", "SIGQUIT"])), true);
  });

  test("joins its drain to a first TERM, and stops at once on the second", () => {
    assert.deepEqual(asked(draining, "SIGTERM"), []);
    const joined = { ...draining, termSeen: termSeenAfter(draining, new Set(["SIGTERM"])) };
    assert.deepEqual(asked(joined, "SIGTERM"), ["stop"]);
  });

  test("does not count a TERM that came before the drain as the drain's first", () => {
    assert.equal(termSeenAfter(running, new Set(["SIGTERM"])), false);
  });

  test("stops at once on INT, even during a drain or together with QUIT", () => {
    assert.deepEqual(asked(draining, "SIGINT"), ["stop"]);
    assert.deepEqual(asked(running, "SIGQUIT", "SIGINT"), ["stop"]);
  });

  test("does not drain on QUIT when it already stops", () => {
    assert.deepEqual(asked({ ...running, phase: "stopping" }, "SIGQUIT"), []);
  });

  test("kills on a second INT, from a terminal only", () => {
    const stopping: SignalContext = { ...running, phase: "stopping" };
    assert.deepEqual(asked(stopping, "SIGINT"), []);
    assert.deepEqual(asked({ ...stopping, interactive: true }, "SIGINT"), ["killNow"]);
    assert.deepEqual(asked({ ...stopping, interactive: true }, "SIGTERM"), []);
  });

  test("obeys USR1 in a drain, which makes it quicker, and nothing that would delay it", () => {
    const all: NodeJS.Signals[] = ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGTTIN", "SIGTTOU", "SIGQUIT"];
    assert.deepEqual(asked(draining, ...all), ["stopJobs"]);
    assert.deepEqual(asked(running, ...all), ["drain", "stopJobs"]);
    assert.deepEqual(asked({ ...running, phase: "stopping" }, ...all), []);
  });

  test("still forwards foreign signals to workers that drain", () => {
    assert.deepEqual(asked(draining, "SIGWINCH"), ["SIGWINCH"]);
  });

  test("has nothing else to do in a stop", () => {
    assert.deepEqual(asked(running, "SIGTERM", "SIGHUP", "SIGUSR1", "SIGTTIN", "SIGWINCH"), ["stop"]);
  });
});

describe("signals that contradict each other in one batch", () => {
  test("let USR2 win over CONT", () => assert.deepEqual(asked(running, "SIGCONT", "SIGUSR2"), ["suspend"]));
  test("do nothing if they are TTIN and TTOU", () => assert.deepEqual(asked(running, "SIGTTIN", "SIGTTOU"), []));
  test("mean a reload without a resume if they are HUP and CONT, which a terminal sends when it hangs up", () => {
    assert.deepEqual(asked({ ...running, interactive: true }, "SIGHUP", "SIGCONT"), ["reload"]);
    assert.deepEqual(asked(running, "SIGHUP", "SIGCONT"), ["reload", "resume"]);
  });
});
