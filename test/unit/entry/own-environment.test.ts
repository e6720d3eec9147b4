import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { shedNodeOptions } from "../../../src/entry/own-environment.ts";

const name = "NODE_OPTIONS";
const stash = "BULLMQ_FORKER_NODE_OPTIONS";
const { [name]: before } = process.env;

/** The two variables after a call that does not restart the process. */
function shed(): (string | undefined)[] {
  shedNodeOptions((message) => assert.fail(message));
  return [process.env[name], process.env[stash]];
}

describe("NODE_OPTIONS", () => {
  afterEach(() => {
    delete process.env[stash];
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  });

  test("is back in its place in a process that has started over without it", () => {
    delete process.env[name];
    process.env[stash] = "--import tsx";
    assert.deepEqual(shed(), ["--import tsx", undefined]);
  });

  test("that is not set, or blank, is left as it is", () => {
    delete process.env[name];
    assert.deepEqual(shed(), [undefined, undefined]);
    process.env[name] = " ";
    assert.deepEqual(shed(), [" ", undefined]);
  });
});
