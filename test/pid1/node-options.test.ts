// What NODE_OPTIONS may contain for the application, and how forker handles it.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { describe, test } from "node:test";
import { exitCodes } from "../../src/exit/exit-codes.ts";
import { entrypoint, Forker } from "../support/forker.ts";
import { startPid1 } from "../support/pid1.ts";

const error = 50;
/** Node 24 itself cannot open a connection with this option, because its net module writes to Error. */
const frozen = "--frozen-intrinsics";

describe("options under which no process can be forked", () => {
  const cases: Readonly<Record<string, RegExp>> = {
    [frozen]: /Node was started with --frozen-intrinsics: Math\.random cannot be replaced/,
    "--no-addons": /the addon cannot be loaded: .*loading addons is disabled/,
    "--permission --allow-fs-read=* --allow-child-process --allow-net": /the addon cannot be loaded/,
  };
  for (const [options, why] of Object.entries(cases)) {
    const env = { NODE_OPTIONS: options.split(" ").filter(isKnown).join(" ") };

    test(`make forker spawn its workers and log why: ${options}`, async () => {
      await using forker = await Forker.start({ engine: "auto", env });
      if (options === frozen) await forker.logged("worker started");
      else await forker.finished(await forker.add("quick"));
      assert.match(String((await forker.logged("workers are spawned, not forked"))["reason"]), why);
      assert.equal(await forker.drained(), 0);
      assert.deepEqual(
        forker.log.filter(
          ({ level, msg }) => Number(level) >= error && !String(msg).startsWith("could not reach Redis"),
        ),
        [],
      );
    });

    test(`are refused in one line with FORKER_ENGINE=fork: ${options}`, async () => {
      await using forker = await Forker.start({ engine: "fork", env });
      assert.equal(await forker.pid1.exitCode(), exitCodes.bootFailure.code);
      const line = await forker.logged("FORKER_ENGINE=fork: this process cannot be forked");
      assert.match(String(line["msg"]), why);
      assert.equal(line["stack"], undefined);
    });
  }
});

/** --allow-net came with Node 25. */
function isKnown(option: string): boolean {
  return process.allowedNodeEnvironmentFlags.has(option.replace(/=.*$/, ""));
}

test("--permission without what forker itself needs is refused in one line", async () => {
  await using forker = await Forker.start({ engine: "auto", env: { NODE_OPTIONS: "--permission --allow-fs-read=*" } });
  assert.equal(await forker.pid1.exitCode(), exitCodes.system.code);
  const said = forker.pid1.errorLines.filter((line) => !/Warning|--trace-warnings/.test(line));
  assert.equal(said.length, 1, forker.pid1.transcript);
  assert.match(said[0] ?? "", /^forker: Node: expected .*, got --permission without --allow-child-process/);
});

test("a health check sheds what NODE_OPTIONS preloads, such as a server on a port that is taken", async () => {
  const path = `\0forker-test/${randomUUID()}`;
  const server = net.createServer().listen({ path });
  await once(server, "listening");
  try {
    await using forker = await Forker.start({});
    await forker.ready();
    const preload = `import net from "node:net"; net.createServer().listen({ path: ${JSON.stringify(path)} });`;
    const options = `NODE_OPTIONS=--import data:text/javascript,${encodeURIComponent(preload)}`;
    const check = forker.begin(["status", "--check"], ["env", options]);
    assert.deepEqual(await check.ended(), { code: 0, out: "ready\n", problem: "" });
  } finally {
    server.close();
  }
});

describe("a process title, which overwrites the kernel's copy of the arguments,", () => {
  const titles: Readonly<Record<string, string>> = {
    "of --title": "--title=title",
    "longer than the arguments": `--title=${"title".repeat(1_000)}`,
    "of a preload": `--import data:text/javascript,${encodeURIComponent('process.title = "title";')}`,
  };
  for (const [name, options] of Object.entries(titles)) {
    const env = { NODE_OPTIONS: options };

    test(`${name} leaves the application, the subcommands and their options as they are`, async () => {
      await using forker = await Forker.start({ env });
      await forker.ready();
      const ask = (...words: string[]) => forker.begin(words, ["env", `NODE_OPTIONS=${options}`]).ended();
      assert.deepEqual(await ask("status", "--check"), { code: 0, out: "ready\n", problem: "" });
      assert.equal((await ask("status", "--check", "--pid", "999999")).code, exitCodes.noInit.code);
      assert.equal(await forker.drained(), 0);
    });

    test(`${name} leaves the words of another command as they are`, async () => {
      const words = ["printf", "%s|", "a", "", "\u00fc"];
      await using pid1 = await startPid1({ command: [process.execPath, entrypoint, "--", ...words], env });
      assert.equal(await pid1.exitCode(), 0);
      assert.deepEqual(pid1.lines, ["a||\u00fc|"]);
    });
  }
});
