// The protocol of sd_notify(3), with a socket as systemd and podman provide it.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";
import { NotifySocket } from "../support/notify-socket.ts";

const waitMs = 60_000;
const folder = mkdtempSync(path.join(tmpdir(), "forker-notify-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function says(socket: NotifySocket, forker: Forker, what: string, states: RegExp): Promise<void> {
  await eventually(waitMs, `${what}\n${forker.pid1.transcript}`, () => states.test(socket.states.join(" ")));
}

test("the service manager learns that forker is ready, reloads and stops, and hears its watchdog", async () => {
  await using socket = await NotifySocket.listen(`@forker-notify-${process.pid}`);
  await using forker = await Forker.start({
    workload: "jobs",
    env: { NOTIFY_SOCKET: socket.name, WATCHDOG_USEC: "2000000", WATCHDOG_PID: "1" },
  });
  const { slots } = await forker.ready();
  await says(socket, forker, "ready", /^READY=1$/);
  await eventually(waitMs, "the watchdog", () => socket.messages.filter((one) => one === "WATCHDOG=1").length > 2);
  await eventually(waitMs, "the status", () => socket.messages.includes("STATUS=generation 1: every slot takes jobs"));
  const worker = slots[0]?.workers[0]?.pid ?? assert.fail("no worker");
  const environment = readFileSync(`/proc/${forker.pid1.outerPid}/root/proc/${worker}/environ`, "utf8");
  assert.doesNotMatch(environment, /NOTIFY_SOCKET|WATCHDOG/);
  const before = process.hrtime.bigint() / 1_000n;
  forker.pid1.signal("SIGHUP");
  await says(socket, forker, "the reload and its end", /^READY=1 RELOADING=1;MONOTONIC_USEC=\d+ READY=1$/);
  const [, at = ""] = /MONOTONIC_USEC=(\d+)/.exec(socket.states.join(" ")) ?? [];
  assert.ok(BigInt(at) >= before && BigInt(at) <= process.hrtime.bigint() / 1_000n, `${at} after ${before}`);
  assert.equal(await forker.drained(), 0);
  assert.equal(socket.states.at(-1), "STOPPING=1");
});

test("without a receiver forker runs, and logs why once; with one at a path it reports from then on", async () => {
  const name = path.join(folder, "notify.sock");
  await using forker = await Forker.start({ workload: "jobs", env: { NOTIFY_SOCKET: name, WATCHDOG_PID: "999" } });
  await forker.ready();
  const message = "could not notify the service manager; trying again";
  await forker.loggedWith(message, { cause: "ENOENT" });
  await using socket = await NotifySocket.listen(name);
  await says(socket, forker, "ready", /^READY=1$/);
  assert.equal(forker.log.filter(({ msg }) => msg === message).length, 1);
  assert.equal(await forker.drained(), 0);
  assert.ok(!socket.messages.includes("WATCHDOG=1"), "it watches another process");
});
