import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { describe, test } from "node:test";

const module = path.join(import.meta.dirname, "../../../src/signals/own-listeners.ts");

/** In a process of its own: it replaces process.emit. Returns the lines that the script prints. */
function run(script: string): string[] {
  const source = `const own = await import(${JSON.stringify(module)}); const say = (text) => console.log(text); ${script}`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", source], { encoding: "utf8" });
  assert.equal(stderr, "");
  return stdout.trim().split("\n");
}

const send = (signal: string) =>
  `process.kill(process.pid, "${signal}"); await new Promise((go) => setTimeout(go, 50));`;

describe("forker's own listeners", () => {
  test("hear a signal in place of the application's", () => {
    const lines = run(`
      own.keepSignalsFromApplication();
      process.on("SIGTERM", () => process.exit(1));
      own.listenFor("SIGTERM", (signal) => say("own " + signal));
      process.once("SIGTERM", () => say("application"));
      ${send("SIGTERM")}
      say(own.applicationListeners("SIGTERM").length);`);
    assert.deepEqual(lines, ["own SIGTERM", "2"]);
  });

  test("leave a signal to the application's while there are none, and signals without a meaning always", () => {
    const lines = run(`
      own.keepSignalsFromApplication();
      process.on("SIGTERM", (signal) => say("application " + signal));
      own.listenFor("SIGWINCH", () => say("own"));
      process.on("SIGWINCH", () => say("application"));
      ${send("SIGTERM")} ${send("SIGWINCH")}`);
    assert.deepEqual(lines, ["application SIGTERM", "own", "application"]);
  });

  test("are removed from what a child has inherited, whose application gets its own back", () => {
    const lines = run(`
      own.keepSignalsFromApplication();
      own.listenFor("SIGTERM", () => say("inherited"));
      process.once("SIGTERM", () => say("application"));
      own.setListenersAside("SIGTERM");
      say(process.listenerCount("SIGTERM"));
      own.returnListeners();
      ${send("SIGTERM")}
      say(process.listenerCount("SIGTERM"));`);
    assert.deepEqual(lines, ["0", "application", "0"]);
  });
});
