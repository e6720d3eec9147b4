import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { type ExitName, exitCodes } from "../../src/exit/exit-codes.ts";
import { entrypoint } from "../support/forker.ts";
import { startPid1 } from "../support/pid1.ts";

const folder = mkdtempSync(path.join(tmpdir(), "forker-mistakes-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, source: string): string {
  const where = path.join(folder, name);
  writeFileSync(where, source);
  return where;
}

const good = file("good.mjs", "export default { processors: { mail: () => {} } };");
const nothing = file("nothing.mjs", "export default {};");
const throws = file(
  "throws.mjs",
  "export default { setup() { throw new Error('as asked') }, processors: { '*': () => {} } };",
);
const root = { FORKER_USER: "root" };

interface Mistake {
  readonly what: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly exit: ExitName;
  readonly says: RegExp;
}

const mistakes: readonly Mistake[] = [
  {
    what: "an unknown option",
    argv: ["--wrokers", good],
    exit: "usage",
    says: /expected an option of forker, got --wrokers/,
  },
  {
    what: "forker's own variable in the environment",
    argv: [good],
    env: { ...root, FORKER_LAUNCH: "{}" },
    exit: "badConfig",
    says: /FORKER_LAUNCH: expected .* unset it/,
  },
  { what: "no application", argv: [], exit: "usage", says: /expected an application file/ },
  { what: "a misspelled subcommand", argv: ["stauts"], exit: "usage", says: /did you mean status/ },
  {
    what: "an application that is not there",
    argv: ["./nope.mjs"],
    env: root,
    exit: "noApp",
    says: /got none at .*nope\.mjs/,
  },
  {
    what: "a folder as application",
    argv: [folder],
    env: root,
    exit: "noApp",
    says: /expected a JavaScript or TypeScript file/,
  },
  {
    what: "an application without a definition or a Worker",
    argv: [nothing],
    env: root,
    exit: "badApp",
    says: /or BullMQ Workers that it creates, got no default export, and no Worker/,
  },
  {
    what: "a queue without a processor",
    argv: [good],
    env: { ...root, WORKLOAD: "mial" },
    exit: "badApp",
    says: /none for \\?"mial/,
  },
  { what: "a setup that throws", argv: [throws], env: root, exit: "bootFailure", says: /setup\(\) failed: .*as asked/ },
  {
    what: "an unknown user",
    argv: [good],
    env: { FORKER_USER: "nosuch" },
    exit: "noUser",
    says: /expected a user in .*, got "nosuch"/,
  },
  { what: "root that nobody named", argv: [good], exit: "rootRefused", says: /FORKER_USER=root/ },
  {
    what: "a malformed workload",
    argv: [good],
    env: { ...root, WORKLOAD: "a,,b" },
    exit: "badConfig",
    says: /column 3/,
  },
  {
    what: "a malformed duration",
    argv: [good],
    env: { ...root, FORKER_STOP_TIMEOUT: "-1" },
    exit: "badConfig",
    says: /FORKER_STOP_TIMEOUT: expected a duration .*got "-1"/,
  },
  {
    what: "a malformed REDIS_URL",
    argv: [good],
    env: { ...root, REDIS_URL: "http://x" },
    exit: "badConfig",
    says: /REDIS_URL: expected/,
  },
  { what: "no forker to ask", argv: ["status"], exit: "noInit", says: /no forker is running/ },
];

const variables = ["WORKLOAD", "REDIS_URL", "FORKER_USER", "FORKER_STOP_TIMEOUT", "NODE_OPTIONS"];
const clean = Object.fromEntries(variables.map((name) => [name, undefined]));

describe("a user's mistake", () => {
  for (const { what, argv, env, exit, says } of mistakes) {
    test(`is reported in one line with its own exit code and no stack: ${what}`, async () => {
      const command = [process.execPath, entrypoint, ...argv];
      await using pid1 = await startPid1({ command, env: { ...clean, ...env }, cwd: folder });
      assert.equal(await pid1.exitCode(60_000), exitCodes[exit].code);
      assert.match(pid1.transcript, says);
      if (exit !== "bootFailure") assert.doesNotMatch(pid1.transcript, /^\S*\s+at .*:\d+:\d+/m);
    });
  }

  test("is reported when the application ends its process during the load, even with code 0", async () => {
    const app = file("exits.mjs", "process.exit(0);");
    await using pid1 = await startPid1({ command: [process.execPath, entrypoint, app], env: { ...clean, ...root } });
    assert.equal(await pid1.exitCode(60_000), exitCodes.bootFailure.code);
    assert.match(pid1.transcript, /exit code 0 while it was loading: the application called process\.exit\(\)/);
  });

  for (const [what, source, says] of [
    [
      "a socket left open",
      "import net from 'node:net'; net.createServer().listen(0);",
      /error +the application left .*open/,
    ],
    ["an exit while loading", "process.exit(0);", /error +the application ended the process/],
  ] as const) {
    test(`is found by forker check as by the boot: ${what}`, async () => {
      const app = file("left.mjs", `${source}\nexport default { processors: { mail: () => {} } };`);
      await using pid1 = await startPid1({
        command: [process.execPath, entrypoint, "check", app],
        env: { ...clean, ...root },
      });
      assert.equal(await pid1.exitCode(60_000), exitCodes.bootFailure.code);
      assert.match(pid1.transcript, says);
    });
  }

  test("is reported by forker check together with all others", async () => {
    const env = { ...clean, FORKER_ENGINE: "foo", FORKER_STOP_TIMEOUT: "-1", WORKLOAD: "a,,b" };
    await using pid1 = await startPid1({ command: [process.execPath, entrypoint, "check", good], env });
    assert.equal(await pid1.exitCode(60_000), exitCodes.badConfig.code);
    for (const name of ["FORKER_ENGINE", "FORKER_STOP_TIMEOUT", "WORKLOAD"])
      assert.match(pid1.transcript, new RegExp(`error +${name}`));
  });
});

test("a container without /proc is reported in one line as a system error", async () => {
  await using pid1 = await startPid1({
    command: [process.execPath, entrypoint, good],
    wrapper: ["sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"],
    env: { ...root, NODE_OPTIONS: undefined },
  });
  assert.equal(await pid1.exitCode(), exitCodes.system.code);
  assert.deepEqual(pid1.errorLines, [
    "forker: /proc: expected the process file system, got none; mount it: mount -t proc proc /proc",
  ]);
});
