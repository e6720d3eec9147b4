import assert from "node:assert/strict";
import net from "node:net";
import { test } from "node:test";
import { ask } from "../../../src/admin/client.ts";
import { controlSocketName } from "../../../src/admin/socket-name.ts";

const refused = { code: "ERR_FORKER_NO_INIT", exit: "noInit" };

/** Listens as the forker with this process's pid would. */
async function listen(): Promise<AsyncDisposable> {
  const server = net.createServer((socket) => void socket.resume().end());
  await new Promise<void>((resolve) => server.listen(`\0${controlSocketName(process.pid)}`, resolve));
  return server;
}

test("the pid of a process that is not a forker is named as such", async () => {
  const message = `no forker with pid ${process.ppid} is running in this PID namespace`;
  await assert.rejects(ask({ name: "status" }, process.ppid), (error: Error) => error.message.startsWith(message));
  await assert.rejects(ask({ name: "status" }, process.ppid), refused);
});

test("the refusal of a pid names the forkers that are running", async () => {
  await using _forker = await listen();
  await assert.rejects(ask({ name: "status" }, process.ppid), {
    message: new RegExp(
      `^no forker with pid ${process.ppid} .*: the forkers that are running have pid .*\\b${process.pid}\\b`,
    ),
  });
});

test("a forker that closes the connection is not said to be missing", async () => {
  await using _forker = await listen();
  await assert.rejects(ask({ name: "status" }, process.pid), { code: "ERR_FORKER_NO_ANSWER" });
});
