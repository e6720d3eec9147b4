// Every process in init's namespaces can connect to its control socket: what that may cost init, and what it may not.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import net from "node:net";
import { describe, test } from "node:test";
import { within } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";

/** Opens a number of silent connections to init, replaces each that init closes, and reports when all were tried. */
const silentCrowd = `
const net = require("node:net");
const inode = /\\[(\\d+)\\]/.exec(require("node:fs").readlinkSync("/proc/self/ns/pid"))[1];
const wanted = Number(process.argv[1]);
let tried = 0;
const open = () => {
  if (++tried === wanted) console.log("tried all");
  net.connect({ path: "\\0bullmq-forker/" + inode + "/1" }).on("error", () => {}).on("close", () => setTimeout(open, 20));
};
for (let i = 0; i < wanted; i++) setImmediate(open);
`;

/** Starts such a process in the container, as this user. */
async function crowd(forker: Forker, connections: number, uid: number): Promise<ChildProcess & Disposable> {
  const as = ["setpriv", `--reuid=${uid}`, `--regid=${uid}`, "--clear-groups"];
  const inside = ["-t", String(forker.pid1.outerPid), "--pid", "--mount", "--", ...as];
  const child = spawn("nsenter", [...inside, process.execPath, "-e", silentCrowd, String(connections)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ready = new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
  await within(60_000, () => "the crowd to have come", ready);
  // nsenter's child holds the connections, and only a signal ends it.
  return Object.assign(child, {
    [Symbol.dispose]: () => {
      for (const pid of readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8")
        .split(" ")
        .filter(Boolean))
        process.kill(Number(pid), "SIGKILL");
    },
  });
}

async function replacesAWorker(forker: Forker): Promise<void> {
  const [before] = (await forker.status()).slots[0]?.workers ?? [];
  forker.pid1.signalInner(before?.pid ?? 0, "SIGKILL");
  await forker.until("another worker", (now) => now.ready && now.slots[0]?.workers[0]?.pid !== before?.pid);
  await forker.finished(await forker.add("quick"));
}

describe("silent connections to the control socket", () => {
  const cases = [
    { who: "a user of the container", crowdUid: 1_234, env: {} },
    { who: "the workers' own user", crowdUid: 65_534, env: { FORKER_USER: undefined, TEST_USER: "nobody" } },
    { who: "init's own user", crowdUid: 65_534, env: { FORKER_USER: "nobody" } },
  ];
  for (const { who, crowdUid, env } of cases) {
    test(`of ${who} do not keep init from replacing dead workers and answering status`, async () => {
      await using forker = await Forker.start({ workload: "jobs", env });
      await forker.ready();
      using _crowd = await crowd(forker, 3_000, crowdUid);
      await replacesAWorker(forker);
      assert.match(await forker.subcommand("status", "--check"), /^ready$/m);
    });
  }

  test("do not use up init's descriptors when the limit is low", async () => {
    const wrapper = ["sh", "-c", 'ulimit -n 256; exec "$@"', "sh"];
    await using forker = await Forker.start({ workload: "jobs", wrapper });
    await forker.ready();
    {
      using _crowd = await crowd(forker, 2_000, 0);
      await replacesAWorker(forker);
      forker.pid1.signal("SIGHUP");
      await forker.reloaded(2);
    }
    assert.doesNotMatch(forker.pid1.transcript, /EMFILE/);
    assert.equal(await forker.drained(), 0);
  });

  test("cost a log line now and then, however many init refuses", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    await forker.ready();
    const inode = /\[(\d+)\]/.exec(readlinkSync(`/proc/${forker.pid1.outerPid}/ns/pid`))?.[1];
    const knock = async () => {
      const socket = net.connect({ path: `\0bullmq-forker/${inode}/1` });
      await new Promise<void>((resolve) => socket.on("error", () => undefined).on("close", () => resolve()));
    };
    for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 100 }, knock));
    const refusals = forker.log.filter(({ msg }) => msg === "refused control socket peer");
    assert.ok(refusals.length > 0 && refusals.length < 20, `${refusals.length} lines`);
  });
});
