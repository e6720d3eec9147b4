// The page of FORKER_HTTP, in Debian's Chromium.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, type TestContext, test } from "node:test";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { openPage, startChromium } from "../support/chromium.ts";
import { eventually } from "../support/deadline.ts";
import { fillScene, runTraffic, type Scene, sceneToken, startScene } from "../support/page-scene.ts";
import { freePort } from "../support/redis.ts";

const axePath = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const waitMs = 60_000;

/** FORKER_TEST_SCREENSHOTS=$PWD/docs npm test -- test/pid1/page.test.ts makes the pictures of docs/PAGE.md. */
const pictures = process.env["FORKER_TEST_SCREENSHOTS"];
/** How long jobs run before the pictures are taken. */
const trafficSeconds = pictures === undefined ? 3 : 60;

const looks: Readonly<Record<string, BrowserContextOptions>> = {
  light: { viewport: { width: 1280, height: 1180 }, colorScheme: "light" },
  dark: { viewport: { width: 1280, height: 1180 }, colorScheme: "dark" },
  phone: { viewport: { width: 390, height: 1500 }, colorScheme: "light", isMobile: true, hasTouch: true },
};

let browser: Browser;
let scene: Scene;

before(async () => {
  browser = await startChromium();
  scene = await startScene();
});
after(async () => {
  await browser.close();
  await scene[Symbol.asyncDispose]();
});

/** Everything that the page shows as text. */
async function textOf(page: Page): Promise<string> {
  return await page.locator("body").innerText();
}

async function shows(page: Page, text: string | RegExp): Promise<void> {
  await page.getByText(text).first().waitFor({ timeout: waitMs });
}

async function unlock(page: Page, token = sceneToken): Promise<void> {
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Unlock orders" }).click();
}

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

interface Audit {
  readonly violations: readonly Violation[];
  readonly passes: readonly unknown[];
  readonly testEngine: { readonly version: string };
}

/** What axe-core finds wrong, by its rules for WCAG 2.2 AA and its best practices. */
async function violations(page: Page, context: TestContext, checksAtLeast = 20): Promise<string[]> {
  // The page's policy refuses a script that is added to the document, but not the debugger's.
  await page.evaluate(readFileSync(axePath, "utf8"));
  const found = await page.evaluate<Audit>("axe.run()");
  assert.ok(found.passes.length >= checksAtLeast, "axe-core checked almost nothing");
  const { version } = found.testEngine;
  context.diagnostic(`axe-core ${version}: ${found.passes.length} rules hold, ${found.violations.length} are violated`);
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
  );
}

describe("the page", () => {
  test("shows every process, what it does and since when, and what happens next, without a reload", async () => {
    await using opened = await openPage(browser, scene.url);
    const { page, complaints, requests } = opened;
    await shows(page, "Ready");
    const { pid, templates, slots } = await scene.forker.status();
    const rows = page.locator("#processes tbody tr");
    await eventually(waitMs, "all rows", async () => (await rows.count()) === 9);
    const text = await textOf(page);
    for (const one of [pid, templates[0]?.pid, ...slots.map(({ workers }) => workers[0]?.pid)])
      assert.ok(text.includes(`pid ${one}`), `pid ${one} in ${text}`);
    await scene.forker.add("held", { jobId: "seen" }, "import");
    await shows(page, "import:seen");
    await shows(page, /^for \d/);
    await scene.forker.release("seen");
    await eventually(waitMs, "its end", async () => !(await textOf(page)).includes("import:seen"));
    await shows(page, /MB private, .* MB shared/);
    assert.match(await page.title(), /^Ready · forker /);
    assert.deepEqual(complaints, []);
    assert.deepEqual([...new Set(requests)], [scene.url, `${scene.url}events`]);
  });

  test("shows names that contain markup, escapes and direction marks as text", async () => {
    const evil = 'x"><img src=x onerror=document.title=1>\u001b[2J\u202e</script><b>';
    await using opened = await openPage(browser, scene.url);
    const { page, complaints } = opened;
    await shows(page, "Ready");
    await scene.forker.add("held", { jobId: evil }, "<i>&amp;queue");
    await scene.forker.began(evil);
    await shows(page, '<i>&amp;queue:x"><img src=x onerror=document.title=1>\\u001b[2J\\u202e</script><b>');
    assert.equal(await page.locator("main img, main b, main i").count(), 0);
    assert.match(await page.title(), /^Ready/);
    await unlock(page);
    await page.getByRole("button", { name: /^Stop <i>/ }).click();
    await page.getByRole("button", { name: "Stop the job" }).click();
    await shows(page, /^stopped <i>/);
    assert.deepEqual(complaints, []);
  });

  test("takes orders from a person who has the token, by keyboard alone", async () => {
    await using opened = await openPage(browser, scene.url);
    const { page } = opened;
    await shows(page, "Ready");
    assert.equal(await page.getByRole("button", { name: "Suspend" }).count(), 0);
    await unlock(page, "another-token-0123456789");
    await shows(page, "the token is not the one in FORKER_HTTP_TOKEN");
    await page.getByLabel("Token").focus();
    await page.keyboard.press("ControlOrMeta+A");
    await page.keyboard.type(sceneToken);
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Suspend" }).waitFor();
    assert.equal(await page.evaluate("document.activeElement.textContent"), "Suspend");
    await page.keyboard.press("Enter");
    await shows(page, "suspend: init has the order");
    await scene.forker.until("suspended", ({ suspended }) => suspended);
    await shows(page, "Suspended");
    await page.getByRole("button", { name: "Resume" }).press("Space");
    await scene.forker.until("resumed", ({ suspended }) => !suspended);
    const { length } = (await scene.forker.status()).slots;
    await page.getByRole("button", { name: "Add a worker" }).click();
    // The slots of the range come before it, whether they have a worker or not.
    await shows(page, "Slot 9");
    await page.getByRole("button", { name: "Remove a worker" }).click();
    await scene.forker.until("the worker removed", ({ slots }) => slots.length === length);
    await page.getByRole("button", { name: "Drain…" }).click();
    await page.getByRole("dialog").getByText("Drain and exit?").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Lock", exact: true }).click();
    await page.getByLabel("Token").waitFor();
    assert.equal((await scene.forker.status()).phase, "running");
  });

  test("cannot be steered from the page of another site, even one that knows the token", async () => {
    const port = await freePort();
    const other = http.createServer((_, response) => response.setHeader("content-type", "text/html").end("<p>other"));
    other.listen(port, "127.0.0.1");
    await once(other, "listening");
    try {
      await using opened = await openPage(browser, `http://127.0.0.1:${port}/`);
      const tries = `Promise.allSettled([
        fetch("${scene.url}orders/suspend", { method: "POST", headers: { authorization: "Bearer ${sceneToken}" } }),
        fetch("${scene.url}orders/suspend", { method: "POST", mode: "no-cors" }),
        fetch("${scene.url}status").then((answer) => answer.text()),
        new Promise((resolve, reject) => Object.assign(new EventSource("${scene.url}events"), { onmessage: resolve, onerror: reject })),
      ]).then((all) => all.map(({ status, value }) => [status, value?.type]))`;
      assert.deepEqual(await opened.page.evaluate(tries), [
        ["rejected", undefined],
        ["fulfilled", "opaque"],
        ["rejected", undefined],
        ["rejected", undefined],
      ]);
    } finally {
      other.close();
    }
    assert.equal((await scene.forker.status()).suspended, false);
  });

  test("is served to at most 20 viewers; a thousand more get one clear line, and probes are answered meanwhile", async () => {
    const agent = new http.Agent({ maxSockets: 100 });
    const open = async () => {
      const request = http.get(`${scene.url}events`, { agent: false });
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      // It never reads.
      response.pause();
      return { request, response };
    };
    const viewers = await Promise.all(Array.from({ length: 20 }, open));
    assert.deepEqual(new Set(viewers.map(({ response }) => response.statusCode)), new Set([200]));
    const refused = async () => {
      const request = http.get(`${scene.url}events`, { agent });
      const [response] = (await once(request, "response")) as [http.IncomingMessage];
      let text = "";
      for await (const part of response.setEncoding("utf8")) text += String(part);
      return `${response.statusCode} ${text}`;
    };
    const answers = new Set(await Promise.all(Array.from({ length: 1_000 }, refused)));
    assert.deepEqual([...answers], ["503 20 pages are open, and no more are served at a time: close one\n"]);
    assert.equal((await fetch(`${scene.url}livez`)).status, 200);
    await using opened = await openPage(browser, scene.url);
    await shows(opened.page, "20 pages are open, and no more are served at a time: close one");
    for (const { request } of viewers) request.destroy();
    await shows(opened.page, "Ready");
  });

  test("offers no orders without FORKER_HTTP_TOKEN, and the token is in no process but init", async () => {
    const { forker } = scene;
    const environments = forker.pid1
      .processes()
      .filter(({ pid }) => pid !== 1)
      .map(({ outerPid }) => readFileSync(`/proc/${outerPid}/environ`, "utf8"));
    assert.ok(environments.length > 5 && environments.every((one) => !one.includes(sceneToken)));
    await using without = await startScene({ FORKER_HTTP_TOKEN: undefined });
    await using opened = await openPage(browser, without.url);
    await shows(opened.page, "Ready");
    assert.equal(await opened.page.getByRole("button").filter({ visible: true }).count(), 0);
    const answer = await fetch(`${without.url}orders/suspend`, { method: "POST" });
    assert.deepEqual(
      [answer.status, await answer.text()],
      [403, "orders are off: set FORKER_HTTP_TOKEN or FORKER_HTTP_TOKEN_FILE to allow them\n"],
    );
  });
});

describe("the page's looks", () => {
  before(async () => {
    await fillScene(scene);
    await runTraffic(scene, trafficSeconds);
  });

  for (const [look, options] of Object.entries(looks)) {
    test(`have no accessibility violation and fit the width: ${look}`, async (context) => {
      const folder = mkdtempSync(path.join(tmpdir(), "forker-page-"));
      await using opened = await openPage(browser, scene.url, options);
      const { page, complaints } = opened;
      await shows(page, "mail:welcome-8841");
      assert.deepEqual(await violations(page, context), []);
      await unlock(page);
      await page.getByRole("button", { name: "Stop mail:welcome-8841" }).waitFor();
      await eventually(waitMs, "every meter", async () => (await page.locator(".meter").count()) >= 10);
      await page.mouse.move(0, 0);
      await page.evaluate("document.activeElement.blur()");
      assert.deepEqual(await violations(page, context), []);
      assert.equal(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), true);
      const file = path.join(pictures === undefined ? folder : path.resolve(pictures), `page-${look}.png`);
      await page.screenshot({ path: file });
      assert.ok(statSync(file).size > 20_000);
      await page.getByRole("button", { name: "Stop mail:welcome-8841" }).click();
      await page.getByRole("dialog").waitFor();
      // The rest of the page is inert.
      assert.deepEqual(await violations(page, context, 5), []);
      await page.keyboard.press("Escape");
      assert.deepEqual(complaints, []);
      rmSync(folder, { recursive: true });
    });
  }

  test("do not move for a person who prefers that", async () => {
    const durations = `[...document.querySelectorAll("*")].map((one) => getComputedStyle(one, "::before")).concat(
      [...document.querySelectorAll("*")].map((one) => getComputedStyle(one)))
      .filter((style) => style.animationName !== "none" || parseFloat(style.transitionDuration) > 0).length`;
    for (const [reducedMotion, isStill] of [
      ["reduce", true],
      ["no-preference", false],
    ] as const) {
      await using opened = await openPage(browser, scene.url, { reducedMotion });
      await opened.page.locator(".meter").first().waitFor();
      assert.equal((await opened.page.evaluate(durations)) === 0, isStill);
    }
  });
});
