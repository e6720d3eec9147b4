import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import readline from "node:readline";
import { describe, type TestContext, test } from "node:test";
import { startFailed } from "../../../src/entry/start-failed.ts";
import { exitCodes } from "../../../src/exit/exit-codes.ts";
import { ForkerError } from "../../../src/exit/forker-error.ts";
import { newInstanceId } from "../../../src/protocol/instance-id.ts";
import type { LaunchConfig } from "../../../src/protocol/launch-config.ts";
import { eventually } from "../../support/deadline.ts";
import { startOptions } from "../../support/start-options.ts";
import { defaultSettings } from "../../support/worker-harness.ts";

const waitMs = 10_000;

type Role = LaunchConfig["role"];

function birthOf(role: Role, socketName: string): LaunchConfig {
  const common = { socketName, token: "token", initPid: process.pid, version: "0.0.0" };
  const settings = { ...defaultSettings, logLevel: "silent" } as const;
  switch (role) {
    case "template":
      return { role, ...common, settings, hasBoard: false, generation: 1, isReplacement: false };
    case "keeper":
      return {
        role,
        ...common,
        settings,
        connection: "redis://redis",
        prefix: "bull",
        bull: { version: "6.7.0", major: 6 },
        queueOptions: [],
        instanceId: newInstanceId("host"),
      };
    case "worker":
      return {
        role,
        ...common,
        settings,
        hasBoard: false,
        generation: 1,
        options: startOptions(),
        engine: "spawn",
      };
  }
}

/** The exit code of a child that fails like this, and what it reports to init. */
async function fail(context: TestContext, role: Role, cause: unknown): Promise<{ code: number; told: object[] }> {
  const socketName = `forker-test/${randomUUID()}`;
  const told: object[] = [];
  const server = net.createServer().listen({ path: `\0${socketName}` });
  await once(server, "listening");
  server.on("connection", (socket) => {
    context.after(() => socket.destroy());
    readline.createInterface(socket).on("line", (line) => told.push(JSON.parse(line) as object));
  });
  context.after(() => server.close());
  const code = await startFailed(birthOf(role, socketName), cause);
  if (role !== "keeper") await eventually(waitMs, "its messages", () => told.length >= 2);
  return { code, told };
}

const hello = { kind: "hello", token: "token", pid: process.pid };

describe("a child that cannot start", () => {
  test("tells init why after its hello, and exits with a ForkerError's own code", async (context) => {
    const cause = new ForkerError("badApp", "ERR_FORKER_APP", "expected a function");
    const failure = { code: "ERR_FORKER_APP", message: "expected a function", exit: "badApp" };
    assert.deepEqual(await fail(context, "template", cause), {
      code: exitCodes.badApp.code,
      told: [hello, { kind: "loadFailed", failure }],
    });
  });

  test("adds its role and a stack to an error of the application's, which is a failed boot", async (context) => {
    const cause = new Error("broken");
    const { code, told } = await fail(context, "worker", cause);
    const message = "the worker cannot continue: broken";
    const failure = { code: "ERR_FORKER_START", message, stack: cause.stack, exit: "bootFailure" };
    assert.deepEqual(told, [hello, { kind: "startFailed", failure }]);
    assert.equal(code, exitCodes.bootFailure.code);
  });

  test("blames the system for an error of a system call", async (context) => {
    const cause = Object.assign(new Error("EMFILE"), { syscall: "open", code: "EMFILE" });
    const { code, told } = await fail(context, "worker", cause);
    assert.equal((told[1] as { failure?: { exit?: string } }).failure?.exit, "system");
    assert.equal(code, exitCodes.system.code);
  });

  test("describes a thrown value that is not an Error", async (context) => {
    const { told } = await fail(context, "template", "no database");
    const { failure } = told[1] as { failure: { message: string } };
    assert.equal(failure.message, "the template cannot continue: no database");
  });

  test("exits with the same code if init is gone", async () => {
    const nobody = `forker-test/${randomUUID()}`;
    const cause = new ForkerError("badConfig", "ERR_FORKER_CONFIG", "wrong");
    assert.equal(await startFailed(birthOf("worker", nobody), cause), exitCodes.badConfig.code);
  });

  test("tells init nothing as a keeper, whose log line has to do", async (context) => {
    const { code, told } = await fail(context, "keeper", new Error("broken"));
    assert.deepEqual([code, told], [exitCodes.bootFailure.code, []]);
  });
});
