import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { HttpRequest } from "../../../src/admin/http-answer.ts";
import { type OrderDependencies, obeyOrder, orderNames } from "../../../src/admin/orders.ts";
import type { StopJobAnswer } from "../../../src/protocol/ask-message.ts";

const token = "0123456789abcdef";
const unexpected = () => assert.fail("unexpected");
const bearer = { authorization: `Bearer ${token}` };

function scene(given: Partial<OrderDependencies> = {}) {
  const signals: string[] = [];
  const stopped: unknown[] = [];
  const refused: string[] = [];
  const dependencies: OrderDependencies = {
    token,
    isLeaving: () => false,
    signal: (signal) => void signals.push(signal),
    stopJob: (job) => {
      stopped.push(job);
      return Promise.resolve({ ended: "stopped" });
    },
    refused: (why) => void refused.push(why),
    ...given,
  };
  const order = async (name: string, headers: Record<string, string> = bearer, body: string | undefined = "") => {
    const request: HttpRequest = { headers, readBody: () => Promise.resolve(body) };
    const answer = await obeyOrder(name, request, dependencies);
    return [answer.status, answer.body.trim()] as const;
  };
  return { order, signals, stopped, refused };
}

describe("orders over HTTP", () => {
  test("are those of signals", async () => {
    const { order, signals } = scene();
    for (const name of ["suspend", "resume", "reload", "drain", "add-worker", "remove-worker"])
      assert.deepEqual(await order(name), [200, `${name}: init has the order`]);
    assert.deepEqual(signals, ["SIGUSR2", "SIGCONT", "SIGHUP", "SIGQUIT", "SIGTTIN", "SIGTTOU"]);
    assert.deepEqual(await order("check"), [200, "the token is right"]);
    assert.equal(signals.length, 6);
  });

  test("need FORKER_HTTP_TOKEN, and the right token", async () => {
    const off = scene({ token: undefined });
    const { order, signals, refused } = scene();
    for (const name of orderNames) {
      assert.deepEqual(await off.order(name), [
        403,
        "orders are off: set FORKER_HTTP_TOKEN or FORKER_HTTP_TOKEN_FILE to allow them",
      ]);
      assert.deepEqual(await order(name, {}), [401, "expected a header Authorization: Bearer TOKEN, got none"]);
      for (const wrong of ["Bearer 0123456789abcdeg", "Bearer 0123456789abcde", `Bearer ${token}x`, `bearer x${token}`])
        assert.deepEqual(await order(name, { authorization: wrong }), [
          401,
          "the token is not the one in FORKER_HTTP_TOKEN",
        ]);
      for (const none of [token, `Basic ${token}`, "Bearer ", ""])
        assert.equal((await order(name, { authorization: none }))[0], 401);
    }
    assert.deepEqual([...signals, ...off.signals], []);
    assert.ok(refused.length > 0 && refused.every((why) => !why.includes("0123456789")));
  });

  test("do not come from the page of another site, even with the right token", async () => {
    const { order, signals } = scene();
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "http://evil.example", host: "127.0.0.1:8080" },
      { origin: "http://127.0.0.1:8081", host: "127.0.0.1:8080" },
    ] as Record<string, string>[]) {
      const [status, text] = await order("drain", { ...bearer, ...headers });
      assert.deepEqual([status, text], [403, "the page of another site may not give orders"]);
    }
    assert.deepEqual(signals, []);
    const own = { ...bearer, origin: "http://127.0.0.1:8080", host: "127.0.0.1:8080", "sec-fetch-site": "same-origin" };
    assert.equal((await order("drain", own))[0], 200);
  });

  test("that do not exist are answered with those that do", async () => {
    const [status, text] = await scene().order("toString\u001b[2J");
    assert.equal(status, 404);
    assert.equal(text, `there is no order toString\\u001b[2J: try ${orderNames.join(", ")}`);
  });

  test("are refused while init leaves, except for those that make it leave sooner", async () => {
    const { order, signals } = scene({ isLeaving: () => true });
    assert.deepEqual(await order("reload"), [409, "reload: init is about to exit"]);
    assert.equal((await order("drain"))[0], 200);
    assert.deepEqual(signals, ["SIGQUIT"]);
  });

  test("to stop a job say how it ended", async () => {
    const body = JSON.stringify({ queue: "mail", id: "991" });
    const answers: [StopJobAnswer["ended"], number, string][] = [
      ["stopped", 200, "stopped mail:991"],
      ["byItself", 200, "mail:991 had ended by itself"],
      ["notYet", 202, "forker is stopping mail:991, which has not ended yet"],
      ["notHeld", 404, "no worker of this forker holds mail:991"],
    ];
    for (const [ended, status, text] of answers)
      assert.deepEqual(await scene({ stopJob: () => Promise.resolve({ ended }) }).order("stop-job", bearer, body), [
        status,
        text,
      ]);
    const { order, stopped } = scene();
    await order("stop-job", bearer, body);
    assert.deepEqual(stopped, [{ queue: "mail", id: "991" }]);
  });

  test("to stop a job answer before the server's limit, however long the job takes", async (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const { order } = scene({ stopJob: () => new Promise(() => undefined) });
    const answer = order("stop-job", bearer, JSON.stringify({ queue: "mail", id: "991" }));
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    context.mock.timers.tick(4_000);
    assert.equal((await answer)[0], 202);
  });

  test("to stop a job need one", async () => {
    const { order, stopped } = scene();
    for (const body of ["", "{}", "null", "[1]", '{"queue":"mail"}', '{"queue":1,"id":"2"}', "{"])
      assert.equal((await order("stop-job", bearer, body))[0], 400, body);
    const answer = await obeyOrder(
      "stop-job",
      { headers: bearer, readBody: () => Promise.resolve(undefined) },
      { token, isLeaving: () => false, signal: unexpected, stopJob: unexpected, refused: unexpected },
    );
    assert.deepEqual(
      [answer.status, answer.body],
      [413, "stop-job: expected a body of at most 16384 bytes, got more\n"],
    );
    assert.deepEqual(stopped, []);
  });
});
