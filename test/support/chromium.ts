import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const executablePath = "/usr/bin/chromium";

/** Debian's Chromium. It connects to nothing but what a test asks for. */
export async function startChromium(): Promise<Browser> {
  if (!existsSync(executablePath)) throw new Error("expected Debian's package chromium: npm test installs it");
  return await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

export interface OpenedPage extends AsyncDisposable {
  readonly page: Page;
  /** What the browser complained about: errors of the script, refusals of the policy, requests that failed. */
  readonly complaints: string[];
  /** The addresses of all requests. */
  readonly requests: string[];
}

/** A page in a profile of its own. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const requests: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("request", (request) => requests.push(request.url()));
  await page.goto(url);
  return { page, complaints, requests, [Symbol.asyncDispose]: async () => await context.close() };
}
