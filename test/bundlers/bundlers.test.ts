// examples/classic, bundled with BullMQ and ioredis by each bundler, on a machine without packages: the same file does the same
// under `node` and under `forker`. npm run test:bundlers -- --write writes the table in docs/ADOPTION.md.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { assertSameAccounts } from "../support/accounts.ts";
import { bundle } from "../support/bundle.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = path.join(root, "docs/ADOPTION.md");
const temporary = mkdtempSync(path.join(tmpdir(), "forker-bundlers-"));
const buildMs = 5 * 60_000;

const bundlers = [
  { name: "esbuild", title: "esbuild", what: "CommonJS, minified" },
  { name: "webpack", title: "webpack", what: "CommonJS, minified" },
  { name: "rollup", title: "Rollup", what: "CommonJS" },
  { name: "vite", title: "Vite", what: "SSR build, an ES module, minified" },
  { name: "ncc", title: "ncc", what: "CommonJS, minified" },
  { name: "tsup", title: "tsup", what: "CommonJS" },
] as const;
const packages: Readonly<Record<string, string>> = { ncc: "@vercel/ncc" };
const rows: string[] = [];

function versionOf(name: string): string {
  const file = path.join(import.meta.dirname, "node_modules", packages[name] ?? name, "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/** A copy of the example whose program is the bundle. Only it can be loaded: there are no packages. */
async function bundledBy(name: string): Promise<{ readonly folder: string; readonly file: string }> {
  const folder = mkdtempSync(path.join(temporary, `${name}-`));
  const modules = path.join(folder, "node_modules");
  cpSync(path.join(root, "examples/classic"), folder, { recursive: true });
  rmSync(modules, { recursive: true, force: true });
  mkdirSync(modules);
  for (const one of ["bullmq", "ioredis"]) symlinkSync(path.join(root, "node_modules", one), path.join(modules, one));
  const words = [path.join(import.meta.dirname, "build.mjs"), name, folder];
  const output = execFileSync(process.execPath, words, { encoding: "utf8", timeout: buildMs });
  await bundle(path.join(modules, "bullmq/dist/cjs/classes/main.js"), path.join(folder, "main.js"), { format: "cjs" });
  rmSync(modules, { recursive: true });
  rmSync(path.join(folder, "worker.js"));
  return { folder, file: output.trim().split("\n").at(-1) ?? "" };
}

describe("examples/classic as a bundle", { concurrency: 1 }, () => {
  after(() => {
    rmSync(temporary, { recursive: true });
    if (process.env["WRITE_DOCS"] === undefined) return;
    const table = ["| bundler | version | output | under `node` and `forker` |", "| --- | --- | --- | --- |", ...rows];
    const text = readFileSync(page, "utf8");
    const marks = /(<!-- bundlers -->\n\n)[^]*?(\n\n<!-- end of bundlers -->)/;
    writeFileSync(page, text.replace(marks, `$1${table.join("\n")}$2`));
  });

  for (const { name, title, what } of bundlers)
    test(`by ${title}, under node and under forker`, async () => {
      const row = `| ${title} | ${versionOf(name)} | ${what} |`;
      const { folder, file } = await bundledBy(name);
      try {
        const { counts } = await assertSameAccounts("classic", folder, file);
        assert.deepEqual(counts["orders"], { completed: 10, failed: 1 });
        assert.deepEqual(counts["thumbnails"], { completed: 4, failed: 1 });
        rows.push(`${row} the same jobs, attempts, events and end |`);
      } catch (error) {
        rows.push(`${row} **different** |`);
        throw error;
      }
    });
});
