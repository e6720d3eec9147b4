import assert from "node:assert/strict";
import { test } from "node:test";
import { Answers } from "../../../../src/init/report/answers.ts";
import { newWorld } from "../../../../src/init/state/new-world.ts";
import { limits } from "../../../support/universe.ts";

test("a status describes the moment at which it was requested, however soon after another", async () => {
  const world = newWorld();
  const clock = { now: () => 0 };
  const turnFirst = () => Promise.resolve();
  const answers = new Answers({ world, limits, clock, version: "1", hasThreads: true, turnedAt: () => 0, turnFirst });
  const first = answers.status();
  world.phase = "draining";
  assert.equal((await answers.status()).phase, "draining");
  assert.equal((await first).phase, "booting");
});
