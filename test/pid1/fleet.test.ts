// `forker fleet`, with forkers on three hosts: three network namespaces, which only Redis connects.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { fleetCommand, TestFleet } from "../support/fleet.ts";
import { Forker } from "../support/forker.ts";

const waitMs = 60_000;
const isSuspended = ({ suspended }: { readonly suspended: boolean }) => suspended;

interface Listed {
  readonly rules: readonly { readonly suspended: boolean }[];
  readonly forkers: readonly { readonly host: string; readonly generation: number; readonly silentMs: number }[];
}

async function listed(redisUrl: string, what: string, question: (list: Listed) => boolean): Promise<Listed> {
  return await eventually(waitMs, what, async () => {
    const { out } = await fleetCommand(redisUrl, "--json");
    const list = JSON.parse(out) as Listed;
    return question(list) ? list : undefined;
  });
}

test("three hosts are listed, suspended, resumed, reloaded and drained, and who does not answer is named", async () => {
  await using fleet = await TestFleet.start(["web-1", "web-2", "db-1"]);
  const [first, second, third] = fleet.forkers;
  assert.ok(first && second && third);
  await listed(fleet.redisUrl, "three hosts", ({ forkers }) => forkers.length === 3);
  for (const one of fleet.forkers) await one.ready();

  const table = await fleet.command();
  assert.equal(table.code, 0, table.problem);
  for (const host of ["web-1", "web-2", "db-1"])
    assert.match(table.out, new RegExp(`^${host} +1 +\\S+ +1 +running +2 +0 +jobs; jobs$`, "m"));
  const unknown = await fleet.command("reload", "--host", "wbe-*");
  assert.equal(unknown.code, 69);
  assert.match(unknown.problem, /expected a host of the fleet, got wbe-\*: the hosts are db-1, web-1, web-2\n$/);

  const suspended = await fleet.command("suspend");
  assert.equal(suspended.code, 0, suspended.problem);
  assert.match(suspended.out, /^HOST +PID +ANSWER\ndb-1 +1 +suspended\nweb-1 +1 +suspended\nweb-2 +1 +suspended\n$/);
  for (const one of fleet.forkers) await one.until("suspended", isSuspended);
  await first.loggedWith("received order of the fleet", { order: "suspend", by: /\(pid \d+\)$/ });
  const job = await first.add("held");
  assert.match((await fleet.command()).out, /the fleet is suspended, by .+ \(pid \d+\)/);

  assert.deepEqual(await first.ledger(), [], "a worker took the job");

  const resumed = await fleet.command("resume");
  assert.equal(resumed.code, 0, resumed.problem);
  await first.began(job);
  const stopped = await fleet.command("stop-job", "jobs", job);
  assert.equal(stopped.code, 0, stopped.problem);
  assert.match(stopped.out, new RegExp(`^\\S+ +1 +stopped jobs:${job}$`, "m"));
  const unheld = await fleet.command("stop-job", "jobs", job);
  assert.equal(unheld.code, 68);

  // A frozen host does not answer. What it has missed does not reach it later.
  const frozen = second.pid1.processes();
  for (const { pid } of frozen) second.pid1.signalInner(pid, "SIGSTOP");
  const incomplete = await fleet.command("reload", "--host", "web-*", "--timeout", "3");
  assert.equal(incomplete.code, 6);
  assert.match(incomplete.out, /^web-1 +1 +reloading$/m);
  assert.match(incomplete.out, /^web-2 +1 +no answer$/m);
  assert.match(incomplete.problem, /no answer within 3 s from 1 of 2 forkers: web-2 \(pid 1\)\n$/);
  for (const { pid } of frozen.toReversed()) second.pid1.signalInner(pid, "SIGCONT");
  await second.logged("ignored a fleet command that came too late");
  const { forkers } = await listed(fleet.redisUrl, "the reload", (list) =>
    list.forkers.some(({ host, generation }) => host === "web-1" && generation === 2),
  );
  assert.deepEqual(forkers.map(({ host, generation }) => `${host} ${generation}`).toSorted(), [
    "db-1 1",
    "web-1 2",
    "web-2 1",
  ]);

  const drained = await fleet.command("drain", "--host", "db-?");
  assert.equal(drained.code, 0, drained.problem);
  assert.match(drained.out, /^HOST +PID +ANSWER\ndb-1 +1 +draining\n$/);
  assert.equal(await third.pid1.exitCode(waitMs), 0);
  const left = JSON.parse((await fleet.command("--json")).out) as Listed;
  assert.deepEqual(left.forkers.map(({ host }) => host).toSorted(), ["web-1", "web-2"]);
});

describe("one forker of a fleet", () => {
  test("stays suspended when it is started again, and takes no job before it knows", async () => {
    await using forker = await Forker.start();
    await forker.logged("keeper ready");
    await listed(forker.redis.url, "it", ({ forkers }) => forkers.length === 1);
    assert.equal((await fleetCommand(forker.redis.url, "suspend")).code, 0);
    const job = await forker.add("quick");
    await forker.killedAndStartedAgain();
    await forker.until("suspended", isSuspended);
    await forker.loggedWith("received order of the fleet", { order: "suspend" });
    await forker.logged("keeper ready");
    assert.deepEqual(await forker.ledger(), [], "a worker took the job before it knew");
    // A signal to this forker alone comes later than the fleet's order.
    forker.pid1.signal("SIGCONT");
    await forker.finished(job);
    await listed(forker.redis.url, "it in place of the one that was killed", ({ forkers }) => forkers.length === 1);
    const resumed = await fleetCommand(forker.redis.url, "resume");
    assert.equal(resumed.code, 0, resumed.problem);
    assert.match(resumed.out, /resumed/);
  });

  test("answers, and obeys once, though its keeper is killed in between", async () => {
    await using forker = await Forker.start();
    const { keeper } = await forker.until("a keeper", (status) => status.keeper?.state === "ready");
    await listed(forker.redis.url, "it", ({ forkers }) => forkers.length === 1);
    forker.pid1.signalInner(keeper?.pid ?? 0, "SIGKILL");
    const during = await fleetCommand(forker.redis.url, "reload", "--timeout", "30");
    assert.equal(during.code, 0, during.problem);
    await forker.reloaded(2);
    const next = await forker.until("another keeper", (status) => status.keeper?.state === "ready");
    forker.pid1.signalInner(next.keeper?.pid ?? 0, "SIGKILL");
    const last = await fleetCommand(forker.redis.url, "resume", "--timeout", "30");
    assert.equal(last.code, 0, last.problem);
    assert.equal((await forker.ready()).generation, 2);
    const reloads = forker.log.filter(({ msg, order }) => msg === "received order of the fleet" && order === "reload");
    assert.equal(reloads.length, 1);
  });

  test("goes on without Redis, and is there again with it", async () => {
    await using forker = await Forker.start();
    await forker.logged("keeper ready");
    await listed(forker.redis.url, "it", ({ forkers }) => forkers.length === 1);
    await forker.redis.kill();
    const refused = await fleetCommand(forker.redis.url, "suspend");
    assert.equal(refused.code, 69);
    assert.match(
      refused.problem,
      /^forker: fleet: Redis at 127\.0\.0\.1:\d+, prefix bull: expected the keys of a fleet, got: .*ECONNREFUSED.*\n$/,
    );
    await forker.redis.start();
    await listed(forker.redis.url, "it again", ({ forkers }) => forkers.length === 1);
    assert.equal((await fleetCommand(forker.redis.url, "suspend")).code, 0);
    await forker.until("suspended", isSuspended);
  });

  test("that takes no part is not listed, and does not obey", async () => {
    await using forker = await Forker.start({ env: { FORKER_FLEET: "off" } });
    await forker.logged("keeper ready");
    const nobody = await fleetCommand(forker.redis.url, "suspend");
    assert.equal(nobody.code, 69);
    assert.match(nobody.problem, /no forker is announced; forkers that start are suspended\n$/);
    await forker.killedAndStartedAgain();
    await forker.finished(await forker.add("quick"));
    assert.equal((await forker.status()).suspended, false);
  });
});
