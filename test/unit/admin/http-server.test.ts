import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { describe, type TestContext, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Responder } from "../../../src/admin/http-answer.ts";
import { HttpServer, httpLimits } from "../../../src/admin/http-server.ts";
import { ForkerError } from "../../../src/exit/forker-error.ts";
import { eventually } from "../../support/deadline.ts";
import { freePort } from "../../support/redis.ts";

interface Served {
  readonly port: number;
  readonly server: HttpServer;
  readonly faults: unknown[];
  readonly refusedHosts: string[];
}

const connections = 200;
const respond: Responder = async (path) => {
  if (path === "/fails") throw new Error("as asked");
  if (path === "/never") return await new Promise(() => undefined);
  const body = path === "/big" ? "x".repeat(64 << 20) : "fine\n";
  return path === "/livez" || path === "/big" ? { status: 200, contentType: "text/plain", body } : undefined;
};

async function serve(context: TestContext, responder: Responder | undefined = respond): Promise<Served> {
  const port = await freePort();
  const faults: unknown[] = [];
  const refusedHosts: string[] = [];
  const server = await HttpServer.listen(
    { host: "127.0.0.1", port },
    {
      connections,
      hosts: ["workers"],
      failed: (cause) => faults.push(cause),
      refused: (host) => refusedHosts.push(host),
    },
  );
  context.after(() => server.close());
  if (responder !== undefined) server.answerWith(responder);
  return { port, server, faults, refusedHosts };
}

interface Got {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** On a connection of its own, as the kubelet does it. */
async function ask(port: number, path: string, options: http.RequestOptions = {}): Promise<Got> {
  const request = http.request({ host: "127.0.0.1", port, path, agent: false, ...options });
  request.end();
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  let body = "";
  for await (const part of response.setEncoding("utf8")) body += String(part);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

async function connect(port: number, context: TestContext): Promise<net.Socket> {
  const socket = net.connect(port, "127.0.0.1");
  context.after(() => socket.destroy());
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** Not by events.once, which fails at an error: a reset is an end like any other here. */
async function ended(socket: net.Socket): Promise<void> {
  if (socket.closed) return;
  await new Promise((resolve) => socket.once("close", resolve));
}

describe("the health server", () => {
  test("answers nothing to a page that reads it by a name of its own (DNS rebinding), and tells what to do", async (context) => {
    const { port, refusedHosts } = await serve(context);
    const hosts = [
      `127.0.0.1:${port}`,
      `localhost:${port}`,
      "10.0.0.7",
      `workers:${port}`,
      "evil.example",
      `evil\u009b.example:80`,
    ];
    const got = await Promise.all(hosts.map((host) => ask(port, "/livez", { headers: { host } })));
    assert.deepEqual(
      got.map(({ status }) => status),
      [200, 200, 200, 200, 421, 421],
    );
    assert.equal(got[4]?.body, "evil.example is not a name of this server: list its names in FORKER_HTTP_HOSTS\n");
    assert.match(got[5]?.body ?? "", /^evil\\u009b\.example:80 is not a name/);
    assert.equal((await ask(port, "/nope", { headers: { host: "evil.example" } })).status, 421);
    assert.deepEqual(refusedHosts.slice(0, 1), ["evil.example"]);
  });

  test("answers GET and HEAD, and says what else there is", async (context) => {
    const { port } = await serve(context);
    const got = await ask(port, "/livez?verbose=1");
    assert.deepEqual([got.status, got.body], [200, "fine\n"]);
    assert.equal(got.headers["cache-control"], "no-store");
    const head = await ask(port, "/livez", { method: "HEAD" });
    assert.deepEqual([head.status, head.body, head.headers["content-length"]], [200, "", "5"]);
    const none = await ask(port, "/nope");
    assert.deepEqual([none.status, none.body], [404, "try /startupz, /readyz, /livez, /status or /metrics\n"]);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
      const refused = await ask(port, "/livez", { method });
      assert.deepEqual(
        [refused.status, refused.headers.allow, refused.headers.connection],
        [405, "GET, HEAD", "close"],
      );
    }
  });

  test("is alive, and nothing else, until it is told what to answer", async (context) => {
    const port = await freePort();
    const server = await HttpServer.listen(
      { host: "127.0.0.1", port },
      { connections, hosts: [], failed: () => undefined, refused: () => undefined },
    );
    context.after(() => server.close());
    assert.equal((await ask(port, "/livez")).status, 200);
    const got = await ask(port, "/readyz");
    assert.deepEqual([got.status, got.body], [503, '{"ok":false,"reason":"init is booting","slots":[]}\n']);
  });

  test("an answer that fails is a 500, reported, and the next one is as ever", async (context) => {
    const { port, faults } = await serve(context);
    assert.equal((await ask(port, "/fails")).status, 500);
    assert.match(String(faults[0]), /as asked/);
    assert.equal((await ask(port, "/livez")).status, 200);
  });

  test("a port that is taken, and an address that is not ours, are one line each", async (context) => {
    const { port } = await serve(context);
    const refused = (address: { host: string | undefined; port: number }, message: RegExp) =>
      assert.rejects(
        HttpServer.listen(address, { connections, hosts: [], failed: () => undefined, refused: () => undefined }),
        (cause: unknown) => {
          assert.ok(cause instanceof ForkerError);
          assert.equal(cause.exit, "system");
          assert.match(cause.message, message);
          return true;
        },
      );
    await refused({ host: "127.0.0.1", port }, /^FORKER_HTTP: cannot listen on 127\.0\.0\.1:\d+: the port is in use/);
    await refused(
      { host: "192.0.2.1", port },
      /^FORKER_HTTP: cannot listen on 192\.0\.2\.1:\d+: this machine has no such/,
    );
  });
});

describe("a client that means no good", () => {
  test("a thousand silent connections keep no probe out, and no more of them are kept than the limit", async (context) => {
    const { port } = await serve(context);
    let closed = 0;
    const sockets = await Promise.all(
      Array.from({ length: 1_000 }, async () => {
        const socket = await connect(port, context);
        socket.on("close", () => {
          closed += 1;
        });
        socket.resume();
        return socket;
      }),
    );
    for (let probe = 0; probe < 5; probe++) assert.equal((await ask(port, "/livez")).status, 200);
    await eventually(10_000, "the oldest to be closed", () => closed >= sockets.length - connections);
    // Those that are left say nothing, and are closed for that.
    await eventually(20_000, "all of them to be closed", () => closed === sockets.length);
  });

  test("slowloris: a header that never ends is cut off, and probes are answered meanwhile", async (context) => {
    const { port } = await serve(context);
    const slow = await Promise.all(Array.from({ length: 50 }, () => connect(port, context)));
    const started = performance.now();
    for (const socket of slow) socket.resume();
    for (const socket of slow) socket.write("GET /livez HTTP/1.1\r\nHost: localhost\r\n");
    while (slow.some((socket) => !socket.closed)) {
      for (const socket of slow) if (socket.writable) socket.write("X-A: b\r\n");
      assert.equal((await ask(port, "/livez")).status, 200);
      assert.ok(performance.now() - started < 30_000, "they are still there");
      await setTimeout(100);
    }
  });

  test("a body that never comes, and one that does, take nothing", async (context) => {
    const { port } = await serve(context);
    const socket = await connect(port, context);
    let text = "";
    socket.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    socket.write("GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nabc");
    await ended(socket);
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*connection: close/i);
    assert.equal((await ask(port, "/livez")).status, 200);
  });

  test("an answer that is not read is given up", async (context) => {
    const { port } = await serve(context);
    const socket = await connect(port, context);
    socket.pause();
    socket.write("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // The server's end: what it cannot write any more is an RST here, once we read.
    await setTimeout(httpLimits.answerTimeoutMs + 500);
    let received = 0;
    socket.on("data", (part: Buffer) => {
      received += part.length;
    });
    socket.resume();
    await ended(socket);
    assert.ok(received < 64 << 20, `${received} bytes came`);
    assert.equal((await ask(port, "/livez")).status, 200);
  });

  test("an answer that init does not come up with in time is given up", async (context) => {
    const { port } = await serve(context);
    await assert.rejects(ask(port, "/never"), /socket hang up|ECONNRESET/);
  });

  for (const [what, bytes] of [
    ["random bytes", Buffer.from(Array.from({ length: 4_096 }, (_, at) => (at * 7919 + 13) % 256))],
    ["a TLS hello", Buffer.from("16030100a5010000a10303", "hex")],
    ["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["CONNECT", "CONNECT example.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["a header of a megabyte", `GET /livez HTTP/1.1\r\nX: ${"y".repeat(1 << 20)}\r\n\r\n`],
    ["ten thousand headers", `GET /livez HTTP/1.1\r\n${"X: y\r\n".repeat(10_000)}\r\n`],
    ["two lengths", "GET /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"],
    ["an upgrade", "GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"],
    ["a target that is no path", "GET http://[::1 HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["a null byte", "GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["nothing but an end", ""],
  ] as const) {
    test(`${what}: closed, and no fault`, async (context) => {
      const { port, faults } = await serve(context);
      const socket = await connect(port, context);
      socket.resume();
      if (bytes.length > 0) socket.write(bytes);
      socket.end();
      await ended(socket);
      assert.equal((await ask(port, "/livez")).status, 200);
      assert.deepEqual(faults, []);
    });
  }

  test("pipelined requests are answered in their order, up to a limit", async (context) => {
    const { port } = await serve(context);
    const socket = await connect(port, context);
    let text = "";
    socket.setEncoding("utf8").on("data", (part: string) => {
      text += part;
    });
    socket.write("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(3_000));
    await ended(socket);
    const answers = text.match(/HTTP\/1\.1 \d+/g) ?? [];
    assert.equal(answers.filter((line) => line.endsWith("200")).length, httpLimits.requestsPerConnection);
    assert.equal((await ask(port, "/livez")).status, 200);
  });
});
