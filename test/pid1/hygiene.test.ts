import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { forwardedSignals, meaningfulSignals } from "../../src/signals/signal-table.ts";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";
import type { InnerProcess } from "../support/pid1.ts";

const field = (outerPid: number, name: string) =>
  new RegExp(`^${name}:\\s*(.*)$`, "m").exec(readFileSync(`/proc/${outerPid}/status`, "utf8"))?.[1] ?? "";

function byTitle(forker: Forker, title: string): InnerProcess[] {
  return forker.pid1.processes().filter((one) => one.commandLine.startsWith(title));
}

/** The names of the signals that a process catches: proc(5), SigCgt, bit n-1 for signal n. */
function caught(outerPid: number): Set<string> {
  const mask = BigInt(`0x${field(outerPid, "SigCgt")}`);
  const names = Object.entries(constants.signals).filter(([, number]) => (mask >> BigInt(number - 1)) & 1n);
  return new Set(names.map(([name]) => name));
}

/** Only signals that have names: a new worker uses a real-time signal until it knows its parent. */
function blockedSignals(outerPid: number): bigint {
  return BigInt(`0x${field(outerPid, "SigBlk")}`) & 0x7fffffffn;
}

describe("every process of forker", () => {
  test("shows its role and its state in its title", async () => {
    await using forker = await Forker.start({ workload: "jobs,other" });
    await forker.ready();
    assert.equal(byTitle(forker, "forker init").length, 1);
    assert.equal(byTitle(forker, "forker template gen 1 ready").length, 1);
    assert.equal(byTitle(forker, "forker worker 0 gen 1 [jobs,other] taking").length, 1);
    const id = await forker.add("held");
    await forker.began(id);
    await forker.pid1.until(
      "the title to name the job",
      () => byTitle(forker, `forker worker 0 gen 1 [jobs,other] processing jobs:${id} since`).length === 1,
    );
    await forker.release(id);
    await forker.finished(id);
    forker.pid1.signal("SIGUSR2");
    await forker.pid1.until(
      "the title to say suspended",
      () => byTitle(forker, "forker worker 0 gen 1 [jobs,other] suspended").length === 1,
    );
  });

  test("catches every signal that has a meaning for it, and never opens an inspector on USR1", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    await forker.ready();
    const [init] = byTitle(forker, "forker init");
    const [worker] = byTitle(forker, "forker worker");
    const [template] = byTitle(forker, "forker template");
    for (const signal of [...meaningfulSignals, ...forwardedSignals, "SIGCHLD"]) {
      assert.ok(caught(init?.outerPid ?? 0).has(signal), `init does not catch ${signal}`);
      assert.ok(caught(template?.outerPid ?? 0).has(signal), `the template does not catch ${signal}`);
    }
    for (const signal of ["SIGQUIT", "SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCONT"]) {
      assert.ok(caught(worker?.outerPid ?? 0).has(signal), `the worker does not catch ${signal}`);
    }
    for (const one of [init, template, worker]) {
      assert.equal(blockedSignals(one?.outerPid ?? 0), 0n, one?.commandLine);
      process.kill(one?.outerPid ?? 0, "SIGUSR1");
    }
    await forker.finished(await forker.add("quick"));
    for (const one of [init, template, worker]) {
      assert.equal(
        readFileSync(`/proc/${one?.outerPid}/net/tcp`, "utf8").includes("0100007F:240D"),
        false,
        "port 9229 is open",
      );
    }
    assert.doesNotMatch(forker.pid1.transcript, /Debugger listening/);
  });

  test("closes an inspector that USR1 opened before the first listener was installed", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    forker.pid1.signal("SIGUSR1");
    await forker.ready();
    const isListening = (line: string) => line.includes("0100007F:240D") && line.trim().split(/\s+/)[3] === "0A";
    const table = readFileSync(`/proc/${forker.pid1.outerPid}/net/tcp`, "utf8");
    assert.deepEqual(table.split("\n").filter(isListening), []);
  });

  test("has no open file of another: workers share no socket", async () => {
    await using forker = await Forker.start({ workload: "jobs x3" });
    await forker.ready();
    const sockets = byTitle(forker, "forker worker").map(
      ({ outerPid }) => new Set(linksOf(outerPid).filter((link) => link.startsWith("socket:"))),
    );
    assert.equal(sockets.length, 3);
    const all = sockets.flatMap((one) => [...one]);
    assert.equal(new Set(all).size, all.length);
    const [template] = byTitle(forker, "forker template");
    assert.equal(linksOf(template?.outerPid ?? 0).filter((link) => all.includes(link)).length, 0);
  });

  test("is gone when init is, even where the kernel does not end it with PID 1", async () => {
    await using forker = await Forker.start({ workload: "jobs x2", wrapper: ["sh", "-c", '"$@"; true', "sh"] });
    const status = await forker.ready();
    assert.notEqual(status.pid, 1);
    forker.pid1.signalInner(status.pid, "SIGKILL");
    await forker.pid1.exitCode();
  });
});

describe("NODE_OPTIONS", () => {
  test("reaches the template and its workers, but not init", async () => {
    await using forker = await Forker.start({ workload: "jobs", env: { NODE_OPTIONS: "--max-old-space-size=321" } });
    await forker.ready();
    const [init] = byTitle(forker, "forker init");
    const [template] = byTitle(forker, "forker template");
    const environment = (outerPid: number) => readFileSync(`/proc/${outerPid}/environ`, "utf8").split("\0");
    assert.ok(!environment(init?.outerPid ?? 0).includes("NODE_OPTIONS=--max-old-space-size=321"));
    assert.ok(environment(template?.outerPid ?? 0).includes("NODE_OPTIONS=--max-old-space-size=321"));
    assert.equal((await forker.status()).pid, 1);
  });
});

describe("orphans", () => {
  test("of jobs are reaped", async () => {
    await using forker = await Forker.start({ workload: "jobs x2" });
    await forker.ready();
    for (const id of await Promise.all(Array.from({ length: 20 }, () => forker.add("orphans"))))
      await forker.finished(id);
    await eventually(60_000, "no sleep and no zombie to be left", () => {
      const processes = forker.pid1.processes();
      return processes.every((one) => one.state !== "Z" && one.name !== "sleep");
    });
  });
});

describe("Redis", () => {
  test("may be absent at boot: forker is not ready, logs one clear line, and goes on when Redis comes", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    await forker.ready();
    await forker.redis.kill();
    await forker.until("not ready", (status) => !status.ready);
    const pid = (await forker.status()).slots[0]?.workers[0]?.pid;
    forker.pid1.signal("SIGHUP");
    await forker.until(
      "a worker of generation 2 that waits for Redis",
      (status) =>
        status.slots[0]?.workers[0]?.generation === 2 &&
        status.slots[0].workers[0].connectionError !== null &&
        !status.ready,
    );
    await forker.redis.start();
    const after = await forker.ready();
    assert.notEqual(after.slots[0]?.workers[0]?.pid, pid);
    await forker.finished(await forker.add("quick"));
    assert.ok(forker.log.some((line) => line["role"] === "worker" && /Redis/.test(String(line["msg"]))));
  });

  test("may go away for a while without causing a restart", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    const before = await forker.ready();
    await forker.redis.kill();
    await forker.until("not ready", (status) => !status.ready);
    await forker.redis.start();
    const after = await forker.ready();
    assert.equal(after.slots[0]?.workers[0]?.pid, before.slots[0]?.workers[0]?.pid);
    await forker.finished(await forker.add("quick"));
  });
});

describe("the control socket", () => {
  test("refuses a peer that is neither root nor init's user, and a peer with a wrong token", async () => {
    await using forker = await Forker.start({ workload: "jobs" });
    await forker.ready();
    const script = path.join(forker.folder, "intruder.mjs");
    writeFileSync(script, intruder);
    const inside = ["-t", String(forker.pid1.outerPid), "--pid", "--mount", "--"];
    const run = async (...command: string[]) => (await promisify(execFile)("nsenter", [...inside, ...command])).stdout;
    assert.match(await run(process.execPath, script, "ask"), /"phase":"running"/);
    assert.equal(
      await run("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", process.execPath, script, "ask"),
      "",
    );
    assert.equal(await run(process.execPath, script, "hello"), "");
    assert.equal(await run(process.execPath, script, "garbage"), "");
    await forker.finished(await forker.add("quick"));
  });
});

const intruder = `
import net from "node:net";
import { readlinkSync } from "node:fs";
const inode = /\\[(\\d+)\\]/.exec(readlinkSync("/proc/self/ns/pid"))[1];
const lines = {
  ask: JSON.stringify({ kind: "ask", what: { name: "status" } }),
  hello: JSON.stringify({ kind: "hello", token: "0".repeat(32), pid: process.pid }),
  garbage: "x".repeat(100_000),
};
const socket = net.connect({ path: "\\0bullmq-forker/" + inode + "/1" });
socket.on("data", (bytes) => process.stdout.write(bytes)).on("error", () => {});
socket.write(lines[process.argv[2]] + "\\n");
`;

function linksOf(outerPid: number): string[] {
  const folder = `/proc/${outerPid}/fd`;
  return readdirSync(folder).flatMap((fd) => {
    try {
      // Every process has standard output and standard error.
      return Number(fd) <= 2 ? [] : [readlinkSync(path.join(folder, fd))];
    } catch {
      return [];
    }
  });
}
