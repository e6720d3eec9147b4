import assert from "node:assert/strict";
import { chmodSync, copyFileSync, cpSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { exitCodes } from "../../src/exit/exit-codes.ts";
import { entrypoint } from "../support/forker.ts";
import { startPid1 } from "../support/pid1.ts";

const folder = mkdtempSync(path.join(tmpdir(), "forker-closed-"));
/** A folder that only root may enter. */
const closed = path.join(folder, "closed");
const good = "export default { processors: { mail: () => {} } };";
const env = { FORKER_USER: "nobody", WORKLOAD: undefined, NODE_OPTIONS: undefined };

before(() => {
  chmodSync(folder, 0o755);
  mkdirSync(path.join(closed, "inside"), { recursive: true });
  chmodSync(closed, 0o700);
  writeFileSync(path.join(folder, "app.mjs"), good);
});
after(() => rmSync(folder, { recursive: true }));

describe("a folder that forker's user may not enter", () => {
  const cases = {
    "Node is in it": () => {
      const node = path.join(closed, "inside/node");
      try {
        linkSync(process.execPath, node);
      } catch {
        copyFileSync(process.execPath, node);
      }
      return { command: [node, entrypoint, path.join(folder, "app.mjs")], exit: "system" } as const;
    },
    "forker is in it": () => {
      cpSync(path.dirname(entrypoint), path.join(closed, "inside/dist"), { recursive: true });
      const own = path.join(closed, "inside/dist/entrypoint.mjs");
      return { command: [process.execPath, own, path.join(folder, "app.mjs")], exit: "system" } as const;
    },
    "the application is in it": () => {
      const app = path.join(closed, "inside/app.mjs");
      writeFileSync(app, good);
      return { command: [process.execPath, entrypoint, app], exit: "noApp" } as const;
    },
  };
  for (const [what, prepare] of Object.entries(cases)) {
    test(`is named in one line when ${what}`, async () => {
      const { command, exit } = prepare();
      await using pid1 = await startPid1({ command, env });
      assert.equal(await pid1.exitCode(), exitCodes[exit].code, pid1.transcript);
      const says = `uid 65534 (nobody) may not enter the folder ${closed}`;
      const lines = [...pid1.lines, ...pid1.errorLines].filter(
        (line) => line.includes(closed) && !line.includes("starting forker"),
      );
      assert.equal(lines.length, 1, pid1.transcript);
      assert.ok(lines[0]?.includes(says), pid1.transcript);
      assert.ok(lines[0]?.includes(`chmod o+x ${closed}`), pid1.transcript);
    });
  }

  test("is distinguished from a file that the user may not read, which is named too", async () => {
    const app = path.join(folder, "secret.mjs");
    writeFileSync(app, good);
    chmodSync(app, 0o600);
    await using pid1 = await startPid1({ command: [process.execPath, entrypoint, app], env });
    assert.equal(await pid1.exitCode(), exitCodes.noApp.code);
    assert.match(
      pid1.transcript,
      /uid 65534 \(nobody\) may not read \S+secret\.mjs; allow it \(chmod o\+r \S+secret\.mjs\)/,
    );
  });
});
