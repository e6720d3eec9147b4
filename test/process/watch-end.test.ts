// `forker status --watch` outlives a forker that is not PID 1 of its namespace, and says that it has ended.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { text } from "node:stream/consumers";
import { describe, test } from "node:test";
import { controlSocketName } from "../../src/admin/socket-name.ts";
import { within } from "../support/deadline.ts";
import { entrypoint } from "../support/forker.ts";
import { metricsSource } from "../support/metrics-source.ts";

const waitMs = 60_000;

/** Watches a forker that answers once, and then ends. */
async function watchToTheEnd(...words: string[]): Promise<{ readonly out: string; readonly err: string }> {
  const server = net.createServer((socket) => {
    socket.once("data", () => {
      server.close();
      socket.end(`${JSON.stringify(metricsSource.status)}\n`);
    });
  });
  server.listen({ path: `\0${controlSocketName(process.pid)}` });
  await once(server, "listening");
  const args = [entrypoint, "status", "--watch", ...words, "--pid", String(process.pid)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const said = Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  const [out, err, [exitCode]] = await within(waitMs, () => "its end", said);
  assert.equal(exitCode, 0, err);
  return { out, err };
}

describe("status --watch says that forker has ended", () => {
  test("in its last line", async () => {
    const { out } = await watchToTheEnd();
    assert.match(out, /\nforker 10 has ended\n$/);
  });

  test("on standard error, if it prints JSON", async () => {
    const { out, err } = await watchToTheEnd("--json");
    assert.equal(out.trimEnd().split("\n").length, 1, out);
    assert.match(err, /forker 10 has ended/);
  });
});
