import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { describe, type TestContext, test } from "node:test";
import { LivePage, viewersAtMost } from "../../../../src/admin/page/live-page.ts";
import type { PageState } from "../../../../src/admin/page/page-state.ts";

class Connection extends EventEmitter {
  readonly got: { readonly event: string; readonly data: Record<string, unknown> }[] = [];
  readonly writableNeedDrain = false;

  writeHead(): void {}

  write(text: string): boolean {
    const [, event = "", data = ""] = /^event: (\w+)\ndata: (.*)\n\n$/.exec(text) ?? [];
    this.got.push({ event, data: JSON.parse(data) as Record<string, unknown> });
    return true;
  }

  end(): void {
    this.emit("close");
  }
}

function livePage(context: TestContext) {
  context.mock.timers.enable({ apis: ["setInterval"] });
  let now = 0;
  let completed = 0;
  const reading: boolean[] = [];
  const asked = { states: 0 };
  const totals = () => ({ completed, failed: 0, handedBack: 0, lost: 0 });
  const page = new LivePage({
    clock: { now: () => now },
    state: () => {
      asked.states += 1;
      return { totals: totals() } as PageState;
    },
    totals,
    memory: { start: () => reading.push(true), stop: () => reading.push(false) },
    failed: (cause) => assert.fail(String(cause)),
  });
  const request = (headers: Record<string, string> = {}) =>
    page.answer({ headers, readBody: () => Promise.resolve(undefined) });
  const open = () => {
    const answer = request();
    assert.ok("begin" in answer);
    const connection = new Connection();
    answer.begin(connection as unknown as ServerResponse);
    return connection;
  };
  const second = (ended = 0) => {
    now += 1_000;
    completed += ended;
    page.turned(now);
    context.mock.timers.tick(1_000);
  };
  return { page, request, open, second, reading, asked };
}

describe("the page's events", () => {
  test("cost nothing while nobody looks, and the history is there for the first who does", (context) => {
    const { open, second, asked, reading } = livePage(context);
    second();
    second(5);
    assert.deepEqual([asked.states, reading], [0, []]);
    const { got } = open();
    assert.deepEqual(reading, [true]);
    const [{ event, data } = assert.fail("no event")] = got;
    assert.equal(event, "state");
    assert.deepEqual(
      (data["throughput"] as number[][]).map(([, rate]) => rate),
      [5],
    );
  });

  test("say once a second what changed, and nothing if nothing did", (context) => {
    const { open, second } = livePage(context);
    second();
    const { got } = open();
    second(3);
    second();
    second();
    assert.deepEqual(
      got.map(({ event, data }) => [event, data["change"]]),
      [
        ["state", undefined],
        ["change", { totals: { completed: 3 } }],
      ],
    );
  });

  test("give a sign of life when nothing changes for long", (context) => {
    const { open, second } = livePage(context);
    second();
    const { got } = open();
    for (let seconds = 0; seconds < 40; seconds++) second();
    const signs = got.filter(({ event }) => event === "alive").length;
    assert.ok(signs >= 2 && signs <= 4, `${signs} signs`);
  });

  test("begin again with the whole state for somebody who comes later", (context) => {
    const { open, second, reading } = livePage(context);
    const first = open();
    first.emit("close");
    assert.deepEqual(reading, [true, false]);
    second(7);
    const { got } = open();
    assert.deepEqual(got[0]?.data["state"], { totals: { completed: 7, failed: 0, handedBack: 0, lost: 0 } });
  });

  test("go to a bounded number of viewers; the next one is refused, and gets a place when one leaves", (context) => {
    const { request, open } = livePage(context);
    const connections = Array.from({ length: viewersAtMost }, open);
    const answer = request();
    assert.ok("status" in answer);
    assert.deepEqual(
      [answer.status, answer.body],
      [503, `${viewersAtMost} pages are open, and no more are served at a time: close one\n`],
    );
    connections[0]?.emit("close");
    open();
  });

  test("do not go to the page of another site", (context) => {
    const { request } = livePage(context);
    for (const headers of [
      { "sec-fetch-site": "cross-site" },
      { "sec-fetch-site": "same-site" },
      { origin: "https://evil.example", host: "localhost:8080" },
      { origin: "null", host: "localhost:8080" },
    ] as Record<string, string>[]) {
      const answer = request(headers);
      assert.ok("status" in answer && answer.status === 403, JSON.stringify(headers));
    }
    assert.ok(
      "begin" in request({ "sec-fetch-site": "same-origin", origin: "http://localhost:80", host: "localhost:80" }),
    );
  });
});
