import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Command } from "../../../src/config/command.ts";
import { parseCommandLine } from "../../../src/config/command-line.ts";
import { ForkerError } from "../../../src/exit/forker-error.ts";

describe("command line", () => {
  const lines: [line: string, command: Command][] = [
    ["./workers.mjs", { kind: "run", app: "./workers.mjs" }],
    ["workers", { kind: "run", app: "workers" }],
    ["init", { kind: "initProject", kubernetes: false, dryRun: false }],
    ["init --dry-run --kubernetes", { kind: "initProject", kubernetes: true, dryRun: true }],
    ["check ./workers.mjs", { kind: "check", app: "./workers.mjs" }],
    ["explain", { kind: "explain", app: undefined }],
    ["explain ./workers.mjs", { kind: "explain", app: "./workers.mjs" }],
    ["status", { kind: "status", json: false, check: false, watch: false, pid: undefined }],
    ["status --json --check --pid 7", { kind: "status", json: true, check: true, watch: false, pid: 7 }],
    ["status --watch", { kind: "status", json: false, check: false, watch: true, pid: undefined }],
    ["tree", { kind: "tree", pid: undefined }],
    ["tree --pid 7", { kind: "tree", pid: 7 }],
    ["--pid=7 status", { kind: "status", json: false, check: false, watch: false, pid: 7 }],
    ["signal HUP", { kind: "signal", signal: "SIGHUP", slot: undefined, pid: undefined }],
    ["signal sigusr1 3 --pid 7", { kind: "signal", signal: "SIGUSR1", slot: 3, pid: 7 }],
    ["signal 15", { kind: "signal", signal: "SIGTERM", slot: undefined, pid: undefined }],
    ["fleet", { kind: "fleet", order: undefined, hosts: "*", json: false, timeoutMs: 10_000 }],
    [
      "fleet suspend --host web-* --timeout 3 --json",
      { kind: "fleet", order: { name: "suspend" }, hosts: "web-*", json: true, timeoutMs: 3_000 },
    ],
    [
      "fleet stop-job mail -5",
      {
        kind: "fleet",
        order: { name: "stopJob", queue: "mail", id: "-5" },
        hosts: "*",
        json: false,
        timeoutMs: 10_000,
      },
    ],
    ["stop-job mail 991", { kind: "stopJob", queue: "mail", id: "991", pid: undefined }],
    ["stop-job mail -5", { kind: "stopJob", queue: "mail", id: "-5", pid: undefined }],
    ["stop-job mail -vip", { kind: "stopJob", queue: "mail", id: "-vip", pid: undefined }],
    ["stop-job mail --9=x --pid 7", { kind: "stopJob", queue: "mail", id: "--9=x", pid: 7 }],
    ["stop-job -q- -", { kind: "stopJob", queue: "-q-", id: "-", pid: undefined }],
    ["stop-job --pid 7 mail -- --pid", { kind: "stopJob", queue: "mail", id: "--pid", pid: 7 }],
    ["stop-job -- -h --", { kind: "stopJob", queue: "-h", id: "--", pid: undefined }],
    ["--pid 7 stop-job -- -q -5", { kind: "stopJob", queue: "-q", id: "-5", pid: 7 }],
    ["signal -- HUP 3", { kind: "signal", signal: "SIGHUP", slot: 3, pid: undefined }],
    ["check -- -app.mjs", { kind: "check", app: "-app.mjs" }],
    ["explain -- -app.mjs", { kind: "explain", app: "-app.mjs" }],
    ["status --", { kind: "status", json: false, check: false, watch: false, pid: undefined }],
    ["drain", { kind: "drain", wait: false, timeoutMs: undefined, pid: undefined }],
    ["drain --wait", { kind: "drain", wait: true, timeoutMs: undefined, pid: undefined }],
    ["drain --wait --timeout 30 --pid 7", { kind: "drain", wait: true, timeoutMs: 30_000, pid: 7 }],
    ["drain --timeout=1500ms --wait", { kind: "drain", wait: true, timeoutMs: 1_500, pid: undefined }],
    ["--help", { kind: "help" }],
    ["-h", { kind: "help" }],
    ["status --help", { kind: "help" }],
    ["-v", { kind: "version" }],
    ["-- sleep 1", { kind: "exec", argv: ["--", "sleep", "1"] }],
    ["-s -p SIGTERM -- sleep 1", { kind: "exec", argv: ["-s", "-p", "SIGTERM", "--", "sleep", "1"] }],
    ["-v -- ls --help", { kind: "exec", argv: ["-v", "--", "ls", "--help"] }],
  ];
  for (const [line, command] of lines) {
    test(line, () => assert.deepEqual(parseCommandLine(line.split(" ")), command));
  }

  const mistakes: [line: string, message: RegExp][] = [
    ["", /^expected an application file, .* got none; see forker --help$/],
    ["check", /^check: expected an application file/],
    ["check a.mjs b.mjs", /^check: expected nothing after a\.mjs, got "b\.mjs"/],
    ["a.mjs b.mjs", /^a\.mjs: expected nothing after it, got "b\.mjs"/],
    ["a.mjs -- x", /expected no "--" after an application file/],
    ["stauts", /expected a subcommand or a file, got stauts; did you mean status\?/],
    ["version", /expected a subcommand or a file, got version; did you mean --version\?/],
    ["status --jsno", /expected an option of forker, got --jsno; did you mean --json\?/],
    ["status -x", /expected an option of forker, got -x/],
    ["a.mjs --json", /expected no option --json; it belongs to status/],
    ["signal HUP --check", /it belongs to status/],
    ["init ./app", /^init: expected nothing after it, got "\.\/app"/],
    ["init --kubernets", /expected an option of forker, got --kubernets; did you mean --kubernetes\?/],
    ["check a.mjs --dry-run", /expected no option --dry-run; it belongs to init/],
    ["explain --pid 3", /it belongs to status and tree and drain and signal/],
    ["status --json=1", /--json: expected no value, got "1"/],
    ["status --pid", /--pid: expected a value after it, got none/],
    ["status --pid --json", /--pid: expected a value after it, got --json/],
    ["status --pid 0", /a whole number from 1, got "0"/],
    ["status --watch --check", /status: expected --check or --watch, got both/],
    ["status extra", /status: expected nothing after it, got "extra"/],
    ["drain now", /drain: expected nothing after it, got "now"/],
    ["drain --timeout 5", /drain: expected --timeout together with --wait, got --timeout alone/],
    ["drain --wait --timeout", /--timeout: expected a value after it, got none/],
    ["drain --wait --timeout soon", /--timeout: expected a duration such as .*, got "soon"/],
    ["drain --wait --timeout 0", /over 0 and at most 24h, got "0"/],
    ["drain --wait --timeout 25h", /got "25h"/],
    ["drian", /expected a subcommand or a file, got drian; did you mean drain\?/],
    ["status --wait", /it belongs to drain/],
    ["signal", /signal: expected the name of a signal, .* got none/],
    ["signal HPU", /got "HPU"; did you mean "HUP"\?/],
    ["signal KILL", /no process can act on; use kill/],
    ["signal 999", /got "999"/],
    ["signal -HUP", /expected the name of a signal, .* got "-HUP"/],
    ["signal HUP -1", /expected a slot, a whole number from 0, got "-1"/],
    ["stop-job mail", /stop-job: expected a queue and a job's id, such as mail 991, got mail/],
    ["stop-job mail 5 --pdi 7", /expected an option of forker, got --pdi; did you mean --pid\?/],
    [
      "stop-job mail --json",
      /expected no option --json; it belongs to status and fleet; write a name such as .* after --/,
    ],
    ["fleet suspned", /expected suspend, .* or nothing, got "suspned"; did you mean suspend\?/],
    ["fleet --jsno", /expected suspend, .* or nothing, got "--jsno"; did you mean --json\?/],
    ["fleet reload now", /fleet: expected nothing after reload, got "now"/],
    ["fleet stop-job mail", /fleet stop-job: expected a queue and a job's id, such as mail 991, got mail/],
    ["fleet reload --timeout 0", /over 0 and at most 24h, got "0"/],
    ["fleet --pid 7", /expected no option --pid/],
    ["fleet suspend --host web-1 --host=web-2", /--host: expected it once, got "web-1" and "web-2"/],
    ["drain --wait --timeout 1 --timeout 1", /--timeout: expected it once, got "1" and "1"/],
    ["signal HUP --pid 7 --pid 8", /--pid: expected it once, got "7" and "8"/],
    ["fleet --host=", /--host: expected a host or a glob of at most 255 characters, got 0 characters/],
    ["check -app.mjs", /expected an option of forker, got -app\.mjs/],
    ["-app.mjs", /expected an option of forker, got -app\.mjs/],
    ["status -- extra", /status: expected nothing after it, got "extra"/],
    ["-r dotenv/config app.js", /got -r, which is node's; run NODE_OPTIONS="-r dotenv\/config" forker app\.js; see/],
    ["--import tsx --inspect=9230 app.ts", /run NODE_OPTIONS="--import tsx --inspect=9230" forker app\.ts; see/],
    ["check --require=./a.cjs app.js", /run NODE_OPTIONS="--require=\.\/a\.cjs" forker check app\.js; see/],
    [
      "--enable-source-maps --max-old-space-size=512 app.js",
      /got --enable-source-maps, .* --max-old-space-size=512" forker/,
    ],
    ["--max_old_space_size=512 app.js", /run NODE_OPTIONS="--max_old_space_size=512" forker app\.js; see/],
    ["app.js --inspect", /run NODE_OPTIONS="--inspect" forker app\.js; see/],
    [
      "--env-file .env app.js",
      /got --env-file, which is node's; run forker app\.js with the variables of \.env in its environment/,
    ],
    [
      "--env-file=a.env -r x app.js",
      /run NODE_OPTIONS="-r x" forker app\.js with .* call process\.loadEnvFile\("a\.env"\) in/,
    ],
    ["-r", /run NODE_OPTIONS="-r" forker FILE; see/],
    ["node app.js", /got node; forker starts node by itself: forker app\.js; see/],
    ["node --import tsx app.ts", /by itself: NODE_OPTIONS="--import tsx" forker app\.ts; see/],
    ["tsx app.ts", /got tsx; .* NODE_OPTIONS="--import=tsx" forker app\.ts; see/],
    ["npm start", /got npm; name the file that it starts, or run it under an init with forker -- npm start; see/],
    ["npm run start:prod --silent", /with forker -- npm run start:prod --silent; see/],
    ["signal HUP one", /expected a slot, a whole number from 0, got "one"/],
  ];
  for (const [line, message] of mistakes) {
    test(line === "" ? "nothing at all" : line, () => {
      assert.throws(
        () => parseCommandLine(line.split(" ").filter((word) => word !== "")),
        (error) => {
          assert.ok(error instanceof ForkerError, String(error));
          assert.equal(error.exitCode, 64);
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        },
      );
    });
  }

  test("a value with a space is quoted as NODE_OPTIONS has it", () => {
    assert.throws(
      () => parseCommandLine(["--require", "./my files/a.cjs", "app.js"]),
      /run NODE_OPTIONS='--require "\.\/my files\/a\.cjs"' forker app\.js; see/,
    );
  });

  test("files with the names of programs are application files if they are written as a path", () => {
    assert.deepEqual(parseCommandLine(["./node"]), { kind: "run", app: "./node" });
  });
});
