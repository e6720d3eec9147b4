import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test from "node:test";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";

test("a template that opened a connection after its check is replaced, and no worker shares the connection", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-late-"));
  const file = path.join(folder, "connect");
  try {
    await using forker = await Forker.start({ workload: "jobs", env: { TEST_LATE_CONNECTION: file } });
    const before = await forker.ready();
    const pidOf = (status: typeof before) => status.slots[0]?.workers[0]?.pid ?? 0;
    writeFileSync(file, "");
    await eventually(10_000, "a connection of the template's", async () => await forker.client.get("connected"));
    forker.pid1.signalInner(pidOf(before), "SIGKILL");
    const { cause } = await forker.logged("could not fork workers");
    assert.match(String(cause), /^the template opened a TCP connection to 127\.0\.0\.1:\d+ .* after the fork check: /);
    const after = await forker.until(
      "a worker of another template",
      (status) => status.ready && pidOf(status) !== pidOf(before),
    );
    assert.equal(after.engine, "fork");
    assert.notEqual(after.templates[0]?.pid, before.templates[0]?.pid);
    await forker.finished(await forker.add("quick"));
    assert.equal(await forker.drained(), 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a connection that a NODE_OPTIONS preload opened is refused, and distinguished from one that the container passed in", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "forker-preload-"));
  const preload = path.join(folder, "preload.cjs");
  writeFileSync(
    preload,
    "if (process.env.FORKER_LAUNCH) require('node:net').connect(Number(new URL(process.env.REDIS_URL).port));",
  );
  try {
    await using forker = await Forker.start({ workload: "jobs", env: { NODE_OPTIONS: `--require=${preload}` } });
    assert.equal(await forker.pid1.exitCode(20_000), 70);
    const { msg } = await forker.logged("the application left open");
    assert.match(
      String(msg),
      /a TCP connection to 127\.0\.0\.1:\d+ .*, possibly created by NODE_OPTIONS="--require=.*preload\.cjs"/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
