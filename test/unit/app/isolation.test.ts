import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isolationBy } from "../../../src/app/isolation.ts";
import { validateDefinition } from "../../../src/app/validate.ts";
import { readSettings } from "../../../src/config/read-settings.ts";

const process = () => undefined;

describe("a queue is isolated", () => {
  test("by its own option, which wins over that for all queues", () => {
    const processors = { jobs: process, "mail-*": { process, isolation: "none" as const } };
    const rule = isolationBy({ isolation: "job", processors });
    assert.deepEqual(["jobs", "mail-a", "others"].map(rule.isIsolated), [true, false, false]);
    assert.equal(rule.asker, 'isolation: "job" of "jobs"');
  });

  test("by FORKER_ISOLATION, whatever the definition says", () => {
    const processors = { jobs: { process, isolation: "none" as const } };
    const rule = isolationBy({ processors }, { isolatedQueues: ["jo*"] });
    assert.equal(rule.isIsolated("jobs"), true);
    assert.equal(rule.asker, "FORKER_ISOLATION");
  });

  test("not without either", () => {
    const rule = isolationBy({ processors: { "*": process } });
    assert.equal(rule.isIsolated("jobs"), false);
    assert.equal(rule.asker, undefined);
  });
});

describe("a runner may use", () => {
  test("what its queue says", () => {
    const rule = isolationBy({ processors: { a: { process, memory: "512M", nice: 5 }, "*": process } });
    assert.deepEqual(rule.limitsOf("a"), { memoryBytes: 512 * 2 ** 20, nice: 5 });
    assert.deepEqual(rule.limitsOf("b"), { memoryBytes: undefined, nice: 0 });
  });

  test("what is set once for all queues, unless its queue says something else", () => {
    const processors = { a: { process, memory: "512M", nice: 0 }, "*": process };
    const rule = isolationBy({ isolation: "job", memory: "1G", nice: 5, processors });
    assert.deepEqual(rule.limitsOf("a"), { memoryBytes: 512 * 2 ** 20, nice: 0 });
    assert.deepEqual(rule.limitsOf("b"), { memoryBytes: 2 ** 30, nice: 5 });
  });

  test("what the environment says, which wins", () => {
    const read = readSettings({ FORKER_RUNNER_MEMORY: "1G", FORKER_RUNNER_NICE: "0" }, "app.mjs");
    assert.ok("settings" in read);
    const rule = isolationBy({ processors: { a: { process, memory: "512M", nice: 5 } } }, read.settings);
    assert.deepEqual(rule.limitsOf("a"), { memoryBytes: 2 ** 30, nice: 0 });
  });
});

test("mistakes get one clear line", () => {
  const limits = { processors: { a: { process, memory: "lots", nice: -1 }, b: { process, memory: 512, nice: "5" } } };
  assert.throws(() => validateDefinition(limits, "app.mjs"), {
    message:
      'app.mjs: processors["a"].memory: expected a size such as "512M", or a percentage such as "20%", got "lots"; units are K, M, G, and %; and processors["a"].nice: expected a whole number from 0 to 19, got -1; and processors["b"].memory: expected a size such as "512M", or a percentage such as "20%", got 512; write it as a string; and processors["b"].nice: expected a whole number from 0 to 19, got "5"',
  });
  assert.throws(() => validateDefinition({ memory: "lots", nice: 20, processors: { a: process } }, "app.mjs"), {
    message:
      'app.mjs: memory: expected a size such as "512M", or a percentage such as "20%", got "lots"; units are K, M, G, and %; and nice: expected a whole number from 0 to 19, got 20',
  });
  const definition = { isolation: "jobs", processors: { a: { process, isolation: true } } };
  assert.throws(() => validateDefinition(definition, "app.mjs"), {
    message:
      'app.mjs: isolation: expected "job" or "none", got "jobs"; and processors["a"].isolation: expected "job" or "none", got true',
  });
  const read = readSettings({ FORKER_ISOLATION: "a, b:c" }, "app.mjs");
  assert.match(
    "problems" in read ? (read.problems[0]?.message ?? "") : "",
    /^FORKER_ISOLATION: expected .* "b:c" must be /,
  );
  const good = readSettings({ FORKER_ISOLATION: "a, mail-*" }, "app.mjs");
  assert.deepEqual("settings" in good && good.settings.isolatedQueues, ["a", "mail-*"]);
});
