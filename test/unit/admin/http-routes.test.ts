import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type { HealthSnapshot } from "../../../src/admin/health.ts";
import { type HttpRequest, plainAnswer } from "../../../src/admin/http-answer.ts";
import {
  healthRoutes,
  httpRoutes,
  methodsOf,
  type RouteDependencies,
  routeList,
} from "../../../src/admin/http-routes.ts";
import type { Status } from "../../../src/protocol/status.ts";

const healthy: HealthSnapshot = {
  phase: "running",
  isUp: true,
  isSuspended: false,
  sinceTurnMs: 0,
  slots: [{ slot: 0, workers: [], crashes: 0, retryInMs: 0 }],
};
const taking = {
  pid: 7,
  doing: "taking",
  connected: true,
  connectionError: undefined,
  stuck: undefined,
  unkillable: undefined,
} as const;
const up: HealthSnapshot = { ...healthy, slots: [{ slot: 0, workers: [taking], crashes: 0, retryInMs: 0 }] };
const down: HealthSnapshot = { ...healthy, phase: "booting", isUp: false, sinceTurnMs: 60_000 };

function routesOf(snapshot: HealthSnapshot) {
  const dependencies: RouteDependencies = {
    snapshot: () => Promise.resolve(snapshot),
    status: () => Promise.resolve({ pid: 1, templates: [], slots: [] } as Partial<Status> as Status),
    metrics: () => Promise.resolve("forker_ready 1\n"),
    events: () => plainAnswer(200, "an event"),
    order: (name) => Promise.resolve(plainAnswer(200, `order ${name}`)),
  };
  return healthRoutes(dependencies);
}

const request: HttpRequest = { headers: {}, readBody: () => Promise.resolve("") };

async function answerOf(snapshot: HealthSnapshot, path: string) {
  const answer = await routesOf(snapshot)(path, request);
  return answer === undefined || "begin" in answer ? undefined : answer;
}

describe("the table of HTTP routes", () => {
  for (const [path, { statuses }] of Object.entries(httpRoutes).filter(([name]) => /^\/\w+$/.test(name))) {
    if (path === "/events") continue;
    test(`${path} answers each status code that the table declares, and no other`, async () => {
      const answers = await Promise.all([up, down].map((snapshot) => answerOf(snapshot, path)));
      const got = new Set(answers.map((answer) => String(answer?.status)));
      assert.deepEqual([...got].toSorted(), Object.keys(statuses));
    });
  }

  test("has no path for anything else, not even for a property that every object has", async () => {
    for (const path of ["", "//", "/livez/", "/livez/x", "/nope", "toString", "/toString", "/toString/x", "/orders"])
      assert.equal(await routesOf(up)(path, request), undefined, path);
  });

  test("passes on the name of an order, and allows only POST for it", async () => {
    assert.equal((await answerOf(up, "/orders/suspend"))?.body, "order suspend\n");
    assert.equal((await answerOf(up, "/orders/"))?.body, "order \n");
    assert.deepEqual(methodsOf("/orders/suspend"), ["POST"]);
    assert.deepEqual(methodsOf("/livez"), ["GET", "HEAD"]);
  });

  test("has a page with a policy that allows what is in it, and nothing else", async () => {
    const page = await answerOf(up, "/");
    assert.equal(page?.contentType, "text/html; charset=utf-8");
    const policy = page?.headers?.["content-security-policy"] ?? "";
    assert.match(
      policy,
      /^default-src 'none'; script-src 'sha256-[\w+/]+='; style-src 'sha256-[\w+/]+='; connect-src 'self'; /,
    );
    assert.doesNotMatch(policy, /unsafe|\*/);
    assert.equal(await answerOf(up, "/"), page);
  });

  test("is what a 404 answer and docs/HEALTH.md list", () => {
    const paths = Object.keys(httpRoutes);
    assert.match(routeList, /^\/startupz, .* or \/\w+\/?$/);
    assert.deepEqual(routeList.split(/, | or /), paths);
    const page = readFileSync(new URL("../../../docs/HEALTH.md", import.meta.url), "utf8");
    const rows = [...page.matchAll(/^\| `(\/\w*\/?)` \| 200/gm)].map(([, path]) => path);
    assert.deepEqual(rows, paths);
  });
});
