import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { withTokenOfFile } from "../../../src/config/token-file.ts";
import { settingsByDefault } from "../../support/settings.ts";

const token = "0123456789abcdef0123";
const folder = mkdtempSync(path.join(tmpdir(), "forker-token-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
}

function tokenOf(httpTokenFile: string | undefined, httpToken?: string): string | undefined {
  return withTokenOfFile({ ...settingsByDefault(), httpToken, httpTokenFile }).httpToken;
}

describe("the file of FORKER_HTTP_TOKEN_FILE", () => {
  test("has the token, with or without blanks around it, and may be the link of a Kubernetes secret", () => {
    assert.equal(tokenOf(file("token", `${token}\n`)), token);
    symlinkSync(path.join(folder, "token"), path.join(folder, "link"));
    assert.equal(tokenOf(path.join(folder, "link")), token);
    assert.equal(tokenOf(undefined, token), token);
  });

  test("is refused in one line that does not repeat the token", () => {
    const refusals: [file: string, message: RegExp][] = [
      [file("short", "secret"), /^FORKER_HTTP_TOKEN_FILE: expected a token of 16 to 512 .* got 6 characters$/],
      [file("foreign", "sécret-sécret-sécret"), /got other characters$/],
      [file("large", "x".repeat(5_000)), /it has 5000 bytes$/],
      [folder, /it is not a file$/],
      [path.join(folder, "none"), /^FORKER_HTTP_TOKEN_FILE: cannot read .*none: ENOENT/],
    ];
    for (const [name, message] of refusals)
      assert.throws(() => tokenOf(name), { code: "ERR_FORKER_HTTP_TOKEN_FILE", message });
  });

  test("is never waited for", () => {
    execFileSync("mkfifo", [path.join(folder, "pipe")]);
    assert.throws(() => tokenOf(path.join(folder, "pipe")), /it is not a file$/);
  });

  test("cannot be set together with FORKER_HTTP_TOKEN", () => {
    assert.throws(() => tokenOf(file("token", token), token), /FORKER_HTTP_TOKEN is set, too; set one of the two$/);
  });
});
