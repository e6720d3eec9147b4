// The conditions that the other tests in this folder rely on.
import assert from "node:assert/strict";
import { readlinkSync } from "node:fs";
import { test } from "node:test";
import { Engine } from "./support/engine.ts";
import { useEngine } from "./support/use-engine.ts";

const engine = useEngine();

test("the test engine has its own network, to which no firewall rule of the machine applies", () => {
  assert.notEqual(readlinkSync(`/proc/${engine.pid}/ns/net`), readlinkSync("/proc/self/ns/net"));
});

test("a run starts without the containers, networks and volumes that an interrupted run left", async () => {
  await engine.docker(["create", "--name", "workers", "--restart", "always", "bullmq-forker-shop"]);
  await engine.docker(["network", "create", "left"]);
  await engine.docker(["volume", "create", "left"]);
  await engine.stop();
  const next = new Engine();
  try {
    await next.start();
    const list = async (...words: string[]) => (await next.docker([...words, "--format", "{{json .}}"])).stdout;
    assert.equal(await list("ps", "--all"), "");
    assert.doesNotMatch(await list("network", "ls"), /left/);
    assert.equal(await list("volume", "ls"), "");
  } finally {
    await next.stop();
  }
});
