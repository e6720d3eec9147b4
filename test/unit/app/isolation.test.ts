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
    const rule = isolationBy({ processors }, ["jo*"]);
    assert.equal(rule.isIsolated("jobs"), true);
    assert.equal(rule.asker, "FORKER_ISOLATION");
  });

  test("not without either", () => {
    const rule = isolationBy({ processors: { "*": process } });
    assert.equal(rule.isIsolated("jobs"), false);
    assert.equal(rule.asker, undefined);
  });
});

test("mistakes get one clear line", () => {
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
