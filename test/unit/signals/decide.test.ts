import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decide, type SignalContext, termSeenAfter } from "../../../src/signals/decide.ts";

const running: SignalContext = { phase: "running", termSeen: false, interactive: false };
const draining: SignalContext = { ...running, phase: "draining" };

function asked(context: SignalContext, ...signals: NodeJS.Signals[]): string[] {
  return decide(context, new Set(signals)).map((intent) => (intent.kind === "forward" ? intent.signal : intent.kind));
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
    test(`${signal}: ${meaning}, also during boot`, () => {
      assert.deepEqual(asked(running, signal), [meaning]);
      assert.deepEqual(asked({ ...running, phase: "booting" }, signal), [meaning]);
    });
  }
});

describe("leaving", () => {
  test("QUIT and TERM in one batch drain", () => {
    assert.deepEqual(asked(running, "SIGTERM", "SIGQUIT"), ["drain"]);
    assert.equal(termSeenAfter(running, new Set(["SIGTERM", "SIGQUIT"])), true);
  });

  test("TERM joins a drain, the second one means now", () => {
    assert.deepEqual(asked(draining, "SIGTERM"), []);
    const joined = { ...draining, termSeen: termSeenAfter(draining, new Set(["SIGTERM"])) };
    assert.deepEqual(asked(joined, "SIGTERM"), ["stop"]);
  });

  test("a TERM that came before the drain is not the drain's first", () => {
    assert.equal(termSeenAfter(running, new Set(["SIGTERM"])), false);
  });

  test("INT means now, during a drain and together with QUIT too", () => {
    assert.deepEqual(asked(draining, "SIGINT"), ["stop"]);
    assert.deepEqual(asked(running, "SIGQUIT", "SIGINT"), ["stop"]);
  });

  test("QUIT does not soften a stop", () => {
    assert.deepEqual(asked({ ...running, phase: "stopping" }, "SIGQUIT"), []);
  });

  test("a second INT kills, from a terminal only", () => {
    const stopping: SignalContext = { ...running, phase: "stopping" };
    assert.deepEqual(asked(stopping, "SIGINT"), []);
    assert.deepEqual(asked({ ...stopping, interactive: true }, "SIGINT"), ["killNow"]);
    assert.deepEqual(asked({ ...stopping, interactive: true }, "SIGTERM"), []);
  });

  test("a drain hears USR1, which makes it quicker, and nothing that would keep it here", () => {
    const all: NodeJS.Signals[] = ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGTTIN", "SIGTTOU", "SIGQUIT"];
    assert.deepEqual(asked(draining, ...all), ["stopJobs"]);
    assert.deepEqual(asked(running, ...all), ["drain", "stopJobs"]);
    assert.deepEqual(asked({ ...running, phase: "stopping" }, ...all), []);
  });

  test("workers that drain still get what is not ours", () => {
    assert.deepEqual(asked(draining, "SIGWINCH"), ["SIGWINCH"]);
  });

  test("a stop leaves nothing else to do", () => {
    assert.deepEqual(asked(running, "SIGTERM", "SIGHUP", "SIGUSR1", "SIGTTIN", "SIGWINCH"), ["stop"]);
  });
});

describe("signals that contradict each other in one batch", () => {
  test("USR2 holds against CONT", () => assert.deepEqual(asked(running, "SIGCONT", "SIGUSR2"), ["suspend"]));
  test("TTIN and TTOU are none", () => assert.deepEqual(asked(running, "SIGTTIN", "SIGTTOU"), []));
  test("a terminal that hangs up sends HUP and CONT: a reload, which does not resume", () => {
    assert.deepEqual(asked({ ...running, interactive: true }, "SIGHUP", "SIGCONT"), ["reload"]);
    assert.deepEqual(asked(running, "SIGHUP", "SIGCONT"), ["reload", "resume"]);
  });
});
