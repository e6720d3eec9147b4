import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { DrainWaiters } from "../../../src/admin/drain-waiters.ts";
import { noJobs } from "../../../src/init/state/job-list.ts";
import type { DrainReport } from "../../../src/protocol/drain-report.ts";
import { eventually } from "../../support/deadline.ts";

const server = net.createServer();
/** A test that fails leaves none behind that would keep this process. */
const opened: net.Socket[] = [];
const socketPath = path.join(tmpdir(), `forker-waiters-${process.pid}.sock`);
const report: DrainReport = {
  finished: 1,
  failed: 0,
  handedBack: noJobs,
  lost: noJobs,
  running: [{ queue: "q", id: "1" }],
};

before(async () => {
  server.listen(socketPath);
  await once(server, "listening");
});
after(() => {
  for (const socket of opened) socket.destroy();
  server.close();
});

/** A subcommand's end of a connection, and what it has heard. */
class Waiter {
  readonly socket = net.connect(socketPath);
  heard = "";

  constructor() {
    opened.push(this.socket);
    this.socket.setEncoding("utf8").on("data", (text: string) => {
      this.heard += text;
    });
  }

  get reports(): DrainReport[] {
    return this.heard
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as DrainReport);
  }

  async hears(count: number): Promise<DrainReport[]> {
    return await eventually(30_000, `${count} reports`, () =>
      this.reports.length >= count ? this.reports : undefined,
    );
  }
}

async function join(waiters: DrainWaiters, onlyWatches = false): Promise<Waiter> {
  const accepted = once(server, "connection");
  const waiter = new Waiter();
  const [socket] = (await accepted) as [net.Socket];
  opened.push(socket);
  if (onlyWatches) waiters.joinWhenLeaving(socket);
  else waiters.join(socket);
  return waiter;
}

test("each waiting client gets a report at once, then at each change, and every other second", async () => {
  const counts: number[] = [];
  const waiters = new DrainWaiters((count) => counts.push(count));
  const first = await join(waiters);
  waiters.tell(report, 0, true);
  waiters.tell(report, 1_000, true);
  await first.hears(1);
  const second = await join(waiters);
  waiters.tell(report, 1_500, true);
  await second.hears(1);
  waiters.tell({ ...report, finished: 2, running: [] }, 1_600, true);
  waiters.tell({ ...report, finished: 2, running: [] }, 3_599, true);
  await second.hears(2);
  waiters.tell({ ...report, finished: 2, running: [] }, 3_600, true);
  await second.hears(3);
  waiters.end({ ...report, finished: 2, running: [], exit: "done" });
  assert.deepEqual(
    (await first.hears(5)).map(({ finished, exit }) => [finished, exit]),
    [
      [1, undefined],
      [1, undefined],
      [2, undefined],
      [2, undefined],
      [2, "done"],
    ],
  );
  assert.equal((await second.hears(4)).length, 4);
  assert.deepEqual(counts, [1, 2]);
  first.socket.destroy();
  second.socket.destroy();
  await eventually(30_000, "both have gone", () => counts.at(-1) === 0);
});

test("a client that goes away is no longer counted, and one that comes after the end gets its report", async () => {
  const counts: number[] = [];
  const waiters = new DrainWaiters((count) => counts.push(count));
  const first = await join(waiters);
  first.socket.destroy();
  await eventually(30_000, "it has gone", () => counts.length === 2);
  assert.deepEqual(counts, [1, 0]);
  waiters.end({ ...report, running: [], exit: "jobsNotHandedBack" });
  const late = await join(waiters);
  assert.deepEqual(
    (await late.hears(1)).map(({ exit }) => exit),
    ["jobsNotHandedBack"],
  );
  late.socket.destroy();
});

test("a client that does not read costs no memory that grows", async () => {
  const waiters = new DrainWaiters(() => undefined);
  const accepted = once(server, "connection");
  opened.push(net.connect(socketPath).pause());
  const [socket] = (await accepted) as [net.Socket];
  opened.push(socket);
  waiters.join(socket);
  const long = "x".repeat(10_000);
  for (let finished = 0; finished < 1_000; finished++) {
    waiters.tell({ ...report, finished, running: [{ queue: long, id: "1" }] }, finished, true);
  }
  await eventually(30_000, "a full pipe", () => socket.writableLength > 0);
  assert.ok(socket.writableLength < 3 * long.length, `${socket.writableLength} bytes wait`);
});

test("a client that only has to end before init counts as waiting, and gets its first report when init leaves", async () => {
  const counts: number[] = [];
  const waiters = new DrainWaiters((count) => counts.push(count));
  const waiting = await join(waiters);
  const watching = await join(waiters, true);
  waiters.tell(report, 0, false);
  await waiting.hears(1);
  assert.deepEqual(counts, [1, 2]);
  waiters.tell(report, 1, true);
  assert.deepEqual(await watching.hears(1), [report]);
  watching.socket.destroy();
  await eventually(30_000, "its end", () => counts.at(-1) === 1);
});
