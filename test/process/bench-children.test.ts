import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { eventually } from "../support/deadline.ts";

const bench = path.join(import.meta.dirname, "../../bench");
const endTimeoutMs = 30_000;

test("a benchmark that is killed leaves no process behind", async () => {
  const script = `
    import { spawnTied } from ${JSON.stringify(path.join(bench, "support/spawn-tied.ts"))};
    const child = spawnTied("sh", ["-c", "echo begun; exec sleep 600"], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.once("data", () => console.log(child.pid));`;
  const words = ["--input-type=module", "--disable-warning=ExperimentalWarning", "--eval", script];
  const parent = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  const [said] = (await once(parent.stdout, "data")) as [Buffer];
  const commandLine = `/proc/${String(said).trim()}/cmdline`;
  assert.ok(existsSync(commandLine));
  parent.kill("SIGKILL");
  await eventually(endTimeoutMs, "the end of the benchmark's child", () => {
    // That of a process that has ended and awaits its parent is empty.
    return !existsSync(commandLine) || readFileSync(commandLine, "utf8") === "";
  });
});

test("every benchmark starts its processes that way", () => {
  const files = readdirSync(bench, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const own = path.join("support", "spawn-tied.ts");
  const others = files.filter(
    (file) => file !== own && /[^.#\w]spawn\(/.test(readFileSync(path.join(bench, file), "utf8")),
  );
  assert.deepEqual(others, []);
});
