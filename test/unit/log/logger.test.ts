import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openOutput } from "../../../src/log/open-output.ts";
import { StandardOutput } from "../../../src/log/standard-output.ts";
import { WaitBudget } from "../../../src/log/wait-budget.ts";

const writer = fileURLToPath(new URL("../../fixtures/log-writer.ts", import.meta.url));

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly index?: number;
  readonly pid: number;
}

function linesIn(text: string): Line[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Line);
}

describe("the logger", () => {
  test("writes a line of JSON that names the process it is from", () => {
    const { stdout, pid } = spawnSync(process.execPath, [writer, "auto", "1", "3"], { encoding: "utf8" });
    const [line] = linesIn(stdout);
    const { level, role, slot, generation, index, pad, msg } = line as unknown as Record<string, unknown>;
    assert.deepEqual(
      { level, role, slot, generation, index, pad, msg },
      { level: 30, role: "worker", slot: 3, generation: 2, index: 0, pad: "xxx", msg: "line" },
    );
    assert.equal(line?.pid, pid);
  });

  test("writes for people when that is requested", () => {
    const { stdout, pid } = spawnSync(process.execPath, [writer, "pretty"], { encoding: "utf8" });
    assert.match(
      stdout,
      new RegExp(
        `^\\[\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\] INFO: worker 3 \\(2/${pid}\\) line \\{"index":0,"pad":"x+"\\}\\n$`,
      ),
    );
  });

  test("has written everything when the call returns, to a pipe and to a file", (context) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "forker-log-"));
    context.after(() => rmSync(folder, { recursive: true }));
    const file = path.join(folder, "log");
    const fd = openSync(file, "w");
    spawnSync(process.execPath, [writer, "json", "2000", "500"], { stdio: ["ignore", fd, "inherit"] });
    closeSync(fd);
    assert.equal(linesIn(readFileSync(file, "utf8")).length, 2000);
    const { stdout } = spawnSync(process.execPath, [writer, "json", "2000", "500"], {
      encoding: "utf8",
      maxBuffer: 8 << 20,
    });
    assert.equal(linesIn(stdout).length, 2000);
  });

  test("drops and counts what nobody reads, breaks no line, and goes on", { timeout: 20_000 }, async (context) => {
    const pipe = namedPipe(context);
    const { O_RDONLY, O_NONBLOCK } = constants;
    const readEnd = openSync(pipe, O_RDONLY | O_NONBLOCK);
    const writeEnd = openSync(pipe, "w");
    // Well over a pipe's 64 KiB, and each line longer than PIPE_BUF, so that one goes through in part.
    const child = spawn(process.execPath, [writer, "json", "200", "9000", "--then-one"], {
      stdio: ["pipe", writeEnd, "pipe"],
    });
    closeSync(writeEnd);
    assert.ok(child.stdin !== null && child.stderr !== null);
    await once(child.stderr, "data");
    const before = readAll(readEnd);
    child.stdin.write("\n");
    await once(child, "exit");
    const lines = linesIn(before + readAll(readEnd));
    closeSync(readEnd);
    const indexes = lines.flatMap(({ index }) => index ?? []);
    assert.ok(indexes.length > 0 && indexes.length < 200, String(indexes.length));
    assert.deepEqual(indexes, Array.from(indexes.keys()), "the first ones, whole and in order");
    const [notice, last] = lines.slice(-2);
    assert.equal(notice?.level, 40);
    assert.equal(notice?.msg, `${200 - indexes.length} log lines were dropped: nobody read standard output`);
    assert.equal(last?.msg, "after");
    assert.equal(lines.length, indexes.length + 2);
  });

  test("survives a reader that is gone", async () => {
    const child = spawn(process.execPath, [writer, "json", "100"], { stdio: "pipe" });
    child.stdout.destroy();
    const [code] = (await once(child, "exit")) as [number];
    assert.equal(code, 0);
  });
});

test("a forked child does not repeat what its parent could not write", () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "forker-log-"));
  const fd = openSync(path.join(folder, "log"), "w");
  const output = new StandardOutput(openOutput(fd), new WaitBudget(0));
  const { pid } = process;
  try {
    closeSync(fd);
    output.write("lost\n", () => "");
    const again = openSync(path.join(folder, "log"), "w");
    assert.equal(again, fd, "the lowest free descriptor");
    Object.defineProperty(process, "pid", { value: pid + 1, configurable: true, writable: true });
    output.write("child's\n", (dropped) => `${dropped} dropped\n`);
    assert.equal(readFileSync(path.join(folder, "log"), "utf8"), "child's\n");
    closeSync(again);
  } finally {
    Object.defineProperty(process, "pid", { value: pid, configurable: true, writable: true });
    rmSync(folder, { recursive: true });
  }
});

/** Not a ChildProcess' own: that is a socket, which cannot be reopened. */
function namedPipe(context: TestContext): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "forker-log-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const pipe = path.join(folder, "pipe");
  assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
  return pipe;
}

/** What is in a non-blocking pipe now. */
function readAll(fd: number): string {
  const part = Buffer.alloc(64 * 1024);
  let text = "";
  try {
    for (let length = readSync(fd, part); length > 0; length = readSync(fd, part))
      text += part.toString("utf8", 0, length);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "EAGAIN") throw cause;
  }
  return text;
}
