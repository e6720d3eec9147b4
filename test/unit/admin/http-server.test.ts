import assert from "node:assert/strict";
import diagnostics from "node:diagnostics_channel";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { describe, type TestContext, test } from "node:test";
import type { Responder } from "../../../src/admin/http-answer.ts";
import { routeList } from "../../../src/admin/http-routes.ts";
import { type HttpLimits, HttpServer, httpLimits } from "../../../src/admin/http-server.ts";
import { ForkerError } from "../../../src/exit/forker-error.ts";
import { eventually, within } from "../../support/deadline.ts";
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

/** A test waits for milliseconds, and silence is not what ends the client. */
const shortLimits: HttpLimits = {
  ...httpLimits,
  silenceMs: 60_000,
  headersTimeoutMs: 200,
  requestTimeoutMs: 400,
  answerTimeoutMs: 300,
  lookMs: 20,
};

async function serve(
  context: TestContext,
  responder: Responder | undefined = respond,
  limits = httpLimits,
): Promise<Served> {
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
      limits,
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

/** The server's end of the connection that the next request comes on. */
async function nextServed(): Promise<net.Socket> {
  return await new Promise((resolve) => {
    const started = (message: unknown) => {
      diagnostics.unsubscribe("http.server.request.start", started);
      resolve((message as { socket: net.Socket }).socket);
    };
    diagnostics.subscribe("http.server.request.start", started);
  });
}

/** Not by events.once, which fails at an error: a reset is an end like any other here. */
async function ended(socket: net.Socket): Promise<void> {
  if (socket.closed) return;
  await new Promise((resolve) => socket.once("close", resolve));
}

describe("the health server", () => {
  test("answers nothing to a page that uses a host name of its own (DNS rebinding), and says what to do", async (context) => {
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

  test("answers GET and HEAD, lists the paths that exist, and refuses other methods", async (context) => {
    const { port } = await serve(context);
    const got = await ask(port, "/livez?verbose=1");
    assert.deepEqual([got.status, got.body], [200, "fine\n"]);
    assert.equal(got.headers["cache-control"], "no-store");
    const head = await ask(port, "/livez", { method: "HEAD" });
    assert.deepEqual([head.status, head.body, head.headers["content-length"]], [200, "", "5"]);
    const none = await ask(port, "/nope");
    assert.deepEqual([none.status, none.body], [404, `try ${routeList}\n`]);
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
      const refused = await ask(port, "/livez", { method });
      assert.deepEqual(
        [refused.status, refused.headers.allow, refused.headers.connection],
        [405, "GET, HEAD", "close"],
      );
    }
  });

  test("answers only that it is alive until it is given a responder", async (context) => {
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

  test("takes POST for orders only, reads a body of a bounded size, and keeps the connection if it has read all of it", async (context) => {
    const bodies: (string | undefined)[] = [];
    const { port } = await serve(context, async (_path, { readBody }) => {
      bodies.push(await readBody(10));
      return { status: 200, contentType: "text/plain", body: "fine\n" };
    });
    const got = await ask(port, "/orders/drain");
    assert.deepEqual([got.status, got.headers.allow, got.body], [405, "POST", "only POST is supported here\n"]);
    const post = async (body: string, headers: http.OutgoingHttpHeaders = {}) => {
      const request = http.request({
        host: "127.0.0.1",
        port,
        path: "/orders/x",
        method: "POST",
        agent: false,
        headers,
      });
      request.on("error", () => undefined);
      request.end(body);
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      response.resume();
      return response.headers.connection;
    };
    assert.notEqual(await post("0123456789", { "content-length": 10, connection: "keep-alive" }), "close");
    assert.equal(await post("0123456789a", { connection: "keep-alive" }), "close");
    assert.equal(
      await post("x".repeat(5 << 20), { "transfer-encoding": "chunked", connection: "keep-alive" }),
      "close",
    );
    assert.deepEqual(bodies, ["0123456789", undefined, undefined]);
  });

  test("lets a live answer go on beyond its limits, and counts it among the connections", async (context) => {
    const begun: http.ServerResponse[] = [];
    const live: Responder = (path, request) =>
      path === "/events"
        ? Promise.resolve({
            begin: (response) => {
              begun.push(response);
              response.write("first\n");
            },
          })
        : respond(path, request);
    const { port } = await serve(context, live, { ...shortLimits, silenceMs: 200 });
    const request = http.get({ host: "127.0.0.1", port, path: "/events", agent: false });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    await once(response, "data");
    // Another connection's silence is over by then, and so is the time for an answer.
    await ended(await connect(port, context));
    await assert.rejects(ask(port, "/never"), /socket hang up|ECONNRESET/);
    begun[0]?.write("second\n");
    const [part] = (await once(response, "data")) as [Buffer];
    assert.equal(String(part), "second\n");
    assert.equal((await ask(port, "/events", { method: "HEAD" })).status, 200);
    begun[0]?.end();
  });

  test("answers 500 when its responder fails, reports the failure, and answers the next request", async (context) => {
    const { port, faults } = await serve(context);
    assert.equal((await ask(port, "/fails")).status, 500);
    assert.match(String(faults[0]), /as asked/);
    assert.equal((await ask(port, "/livez")).status, 200);
  });

  test("reports a port in use, and an address of another machine, in one line each", async (context) => {
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

describe("a hostile client", () => {
  test("that opens a thousand silent connections keeps no probe out, and no more of them are kept than the limit", async (context) => {
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

  test("that never ends its header (slowloris) is cut off, and probes are answered meanwhile", async (context) => {
    const { port } = await serve(context, respond, shortLimits);
    const slow = await Promise.all(Array.from({ length: 50 }, () => connect(port, context)));
    const started = performance.now();
    const answers = slow.map(() => "");
    for (const [index, socket] of slow.entries())
      socket.setEncoding("latin1").on("data", (part: string) => {
        answers[index] += part;
      });
    for (const socket of slow) socket.write("GET /livez HTTP/1.1\r\nHost: localhost\r\n");
    for (let probe = 0, lines = 0; slow.some((socket) => !socket.closed); probe++) {
      // A line now and then, and fewer than a header may have: more of them would end it as well.
      if (probe % 10 === 0 && ++lines < httpLimits.headers / 2)
        for (const socket of slow) if (socket.writable) socket.write("X-A: b\r\n");
      assert.equal((await ask(port, "/livez")).status, 200);
      assert.ok(performance.now() - started < 30_000, "they are still there");
    }
    for (const answer of answers) assert.match(answer, /^HTTP\/1\.1 408 |^$/, "its end has another reason");
  });

  test("that announces a body costs nothing, whether it sends the body or not", async (context) => {
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

  test("that does not read its answer is cut off", async (context) => {
    const { port } = await serve(context, respond, shortLimits);
    const socket = await connect(port, context);
    socket.pause();
    const served = nextServed();
    socket.write("GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n");
    // What the server cannot write any more is an RST here, once we read.
    await within(30_000, () => "the server to give up", served.then(ended));
    let received = 0;
    socket.on("data", (part: Buffer) => {
      received += part.length;
    });
    socket.resume();
    await ended(socket);
    assert.ok(received < 64 << 20, `${received} bytes came`);
    assert.equal((await ask(port, "/livez")).status, 200);
  });

  test("that waits for an answer which init never gives is cut off", async (context) => {
    const { port } = await serve(context, respond, shortLimits);
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
    ["a target that is not a path", "GET http://[::1 HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["a null byte", "GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n"],
    ["nothing but the end", ""],
  ] as const) {
    test(`that sends ${what} is disconnected, and no fault is reported`, async (context) => {
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

  test("that pipelines requests is answered in their order, up to a limit", async (context) => {
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
