import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { test } from "node:test";
import { EarlyProcess } from "../../../../src/init/processes/early-process.ts";
import type { OwnFiles } from "../../../../src/init/processes/own-files.ts";
import type { SpawnedProcess } from "../../../../src/init/processes/spawn-own.ts";
import { processStarter } from "../../../../src/init/processes/start-process.ts";
import { defaultSettings } from "../../../support/worker-harness.ts";

const command = { program: process.execPath, words: ["--version"], descriptors: [] };
const ownFiles = { startCommand: () => command } as unknown as OwnFiles;

/** Its exit, so that it does not outlive the test. */
async function pidOf(started: ReturnType<ReturnType<typeof processStarter>>): Promise<number | undefined> {
  const exits = new EventEmitter();
  started.on("exit", () => exits.emit("exit"));
  await once(exits, "exit");
  return started.pid;
}

test("only the first template is the process that init started early", async () => {
  const listeners = new EventEmitter();
  const process_: SpawnedProcess = {
    pid: 1,
    on: (event: string, listener: (...values: never[]) => void) =>
      listeners.on(event, listener as (...values: unknown[]) => void),
    launch: () => undefined,
    kill: () => undefined,
  };
  const early = new EarlyProcess(process_, { fd: 4, memory: new ArrayBuffer(8) });
  const start = processStarter({
    ownFiles,
    startFolder: process.cwd(),
    settings: defaultSettings,
    board: undefined,
    early,
  });
  assert.notEqual(await pidOf(start("keeper")), 1);
  assert.equal(start("template").pid, 1);
  assert.notEqual(await pidOf(start("template")), 1);
});
