// The limit of open files is so low that forker cannot read what it needs: a refusal by the system, not a fault in forker.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { exitCodes } from "../../src/exit/exit-codes.ts";
import { entrypoint } from "../support/forker.ts";
import { startPid1 } from "../support/pid1.ts";

const folder = mkdtempSync(path.join(tmpdir(), "forker-few-open-files-"));
after(() => rmSync(folder, { recursive: true }));
const throws = path.join(folder, "throws.mjs");
writeFileSync(throws, "throw new Error('as asked');");

/** With fewer, Node itself aborts. With more, nothing is missing. */
const limits = { least: 16, most: 60 } as const;
const says = /^forker: .*EMFILE: too many open files.*; raise this process's limit of open files \(ulimit -n\)$/;

const commands: Readonly<Record<string, { readonly words: readonly string[]; readonly enough: number }>> = {
  "forker APP": { words: [throws], enough: exitCodes.bootFailure.code },
  "forker status": { words: ["status"], enough: exitCodes.noInit.code },
};

async function run(words: readonly string[], openFiles: number) {
  const command = ["prlimit", `--nofile=${openFiles}`, process.execPath, entrypoint, ...words];
  await using pid1 = await startPid1({ command, env: { FORKER_USER: "root", NODE_OPTIONS: undefined } });
  return { code: await pid1.exitCode(), lines: pid1.errorLines };
}

describe("whatever the limit of open files is, a refusal takes one line and exit code 71", () => {
  for (const [name, { words, enough }] of Object.entries(commands)) {
    test(name, async () => {
      let refusals = 0;
      for (let openFiles = limits.least; ; openFiles++) {
        assert.ok(openFiles < limits.most, `${openFiles} open files are not enough`);
        const { code, lines } = await run(words, openFiles);
        if (code === enough) break;
        // Node cannot read forker's file: forker's first line does not run.
        if (code > 128 || lines.some((line) => line.startsWith("Node.js v"))) continue;
        const all = `with ${openFiles} open files: ${lines.join("\n")}`;
        assert.equal(code, exitCodes.system.code, all);
        assert.ok(lines.length <= 1, all);
        if (says.test(lines[0] ?? "")) refusals++;
      }
      assert.ok(refusals > 0, "no call of forker was refused");
    });
  }
});
