import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ExecOptions, parseExec } from "../../../src/exec/exec-options.ts";

const defaults: ExecOptions = {
  subreaper: false,
  parentDeathSignal: undefined,
  toGroup: false,
  successCodes: new Set(),
  warnsOfReaped: false,
  verbosity: 1,
};

function options(line: string, environment: NodeJS.ProcessEnv = {}): ExecOptions {
  const request = parseExec(line.split(" "), environment);
  assert.ok(request.kind === "run", JSON.stringify(request));
  return request.options;
}

function command(...argv: string[]): readonly string[] {
  const request = parseExec(argv, {});
  assert.ok(request.kind === "run", JSON.stringify(request));
  return request.command;
}

describe("tini's command line", () => {
  test("takes what follows the options as the command, word by word", () => {
    assert.deepEqual(command("--", "sh", "-c", "a b"), ["sh", "-c", "a b"]);
    assert.deepEqual(command("-s", "--", "sh", "--", "-s"), ["sh", "--", "-s"]);
    assert.deepEqual(command("-g", "sh", "-s"), ["sh", "-s"]);
    assert.deepEqual(command("--", "-"), ["-"]);
  });

  test("takes options alone, combined, and with their values in either place", () => {
    assert.deepEqual(options("-- true"), defaults);
    assert.deepEqual(options("-s -g -w -- true"), { ...defaults, subreaper: true, toGroup: true, warnsOfReaped: true });
    assert.deepEqual(options("-sgw -- true"), options("-s -g -w -- true"));
    assert.deepEqual(options("-e 143 -e1 -- true").successCodes, new Set([143, 1]));
    for (const line of ["-p SIGTERM -- x", "-pSIGTERM -- x", "-sp SIGTERM -- x", "-p TERM -- x", "-p 9 -p 15 -- x"])
      assert.equal(options(line).parentDeathSignal, 15, line);
  });

  test("counts verbosity from the environment's, or from 1 without it", () => {
    assert.equal(options("-vvv -- x").verbosity, 4);
    assert.equal(options("-v -- x", { TINI_VERBOSITY: "0" }).verbosity, 1);
    assert.equal(options("-- x", { TINI_VERBOSITY: "3" }).verbosity, 3);
    assert.equal(options("-- x", { TINI_VERBOSITY: "much" }).verbosity, 0);
  });

  test("counts the environment's other variables as set even when they are empty", () => {
    assert.equal(options("-- x", { TINI_SUBREAPER: "" }).subreaper, true);
    assert.equal(options("-- x", { TINI_KILL_PROCESS_GROUP: "1" }).toGroup, true);
  });

  test("recognizes the options that print information", () => {
    assert.deepEqual(parseExec(["-h"], {}), { kind: "help" });
    assert.deepEqual(parseExec(["-sh", "--", "x"], {}), { kind: "help" });
    assert.deepEqual(parseExec(["-l", "--", "x"], {}), { kind: "license" });
    assert.deepEqual(parseExec(["--version"], {}), { kind: "version" });
    for (const argv of [[], ["--"], ["-s"], ["-s", "--"]]) assert.deepEqual(parseExec(argv, {}), { kind: "noCommand" });
  });

  test("reports a mistake with the option, what was expected, and what came", () => {
    const mistakes: [string, RegExp][] = [
      ["-x -- y", /unknown option -x/],
      ["--verbose -- y", /unknown option --/],
      ["-e 256 -- y", /-e: expected an exit code from 0 to 255, got "256"/],
      ["-e -1 -- y", /got "-1"/],
      ["-e", /option -e needs a value/],
      ["-p SIGNOPE -- y", /-p: expected a signal such as SIGTERM, got "SIGNOPE"/],
    ];
    for (const [line, pattern] of mistakes) {
      const request = parseExec(line.split(" "), {});
      assert.ok(request.kind === "mistake", line);
      assert.match(request.message, pattern);
    }
  });
});
