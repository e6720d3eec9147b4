import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Answer } from "../http-answer.ts";

/** build.mjs defines it: page.html with its style sheet and its script in it. */
declare const FORKER_PAGE: string | undefined;

let made: Answer | undefined;

/** The page with its headers, made at the first request and then kept: it does not change. */
export function pageAnswer(): Answer {
  made ??= answerWith(typeof FORKER_PAGE === "string" ? FORKER_PAGE : unbuilt());
  return made;
}

/** A browser runs and applies only what has one of these hashes, and connects only to this server. */
function answerWith(body: string): Answer {
  const hashes = (element: "script" | "style") =>
    [...body.matchAll(new RegExp(`<${element}[^>]*>([^]*?)</${element}>`, "g"))]
      .map(([, text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`)
      .join(" ");
  const policy = [
    "default-src 'none'",
    `script-src ${hashes("script")}`,
    `style-src ${hashes("style")}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  return {
    status: 200,
    contentType: "text/html; charset=utf-8",
    body,
    headers: {
      "content-security-policy": policy,
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
    },
  };
}

/** The sources do not contain the script's bundle: this is for the tests of routes that run without a build. */
function unbuilt(): string {
  return readFileSync(new URL("client/page.html", import.meta.url), "utf8");
}
