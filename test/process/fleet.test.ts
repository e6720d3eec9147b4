// What forkers and `forker fleet` write to a real Redis, and what they make of what others have written there.
import assert from "node:assert/strict";
import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import { describe, test } from "node:test";
import hashSlotOfKey from "cluster-key-slot";
import { pino } from "pino";
import { FleetKeys } from "../../src/bull/keys/fleet-keys.ts";
import { bundledBull } from "../../src/bull/library/load-bull.ts";
import type { Announcement, FleetCommand } from "../../src/protocol/fleet.ts";
import type { KeeperMessage } from "../../src/protocol/keeper-messages.ts";
import { readFleetRule } from "../../src/worker/orders/fleet-rule.ts";
import { eventually } from "../support/deadline.ts";
import { fleetCommand } from "../support/fleet.ts";
import { startKeeper } from "../support/keeper.ts";
import { useRedis } from "../support/use-redis.ts";

const { redis, client } = await useRedis();
const waitMs = 20_000;

const own: Announcement = {
  host: "web-1",
  pid: 1,
  version: "1.0.0",
  generation: 1,
  state: "running",
  workload: "*",
  workers: 1,
  jobs: { count: 0, latest: [] },
};
const reload: FleetCommand = { order: { name: "reload" }, hosts: "web-*", by: "ops (pid 1)" };

async function send(keys: FleetKeys, command: FleetCommand, forMs = 60_000): Promise<string> {
  const id = await keys.send(await keys.list(), undefined, command, forMs);
  assert.ok(id);
  return id;
}

function deeds(said: readonly KeeperMessage[]): string[] {
  return said.flatMap((message) => {
    if (message.kind === "fleetOrdered") return [`${message.command} ${message.order.name}`];
    return message.kind === "fleetRuled" ? [`rule ${message.rule.suspended}`] : [];
  });
}

describe("the keys of a fleet", () => {
  test("are in one hash slot of a Cluster, with and without a hash tag in the prefix", async () => {
    for (const prefix of ["plain", "{tagged}"]) {
      const keys = new FleetKeys(client, prefix);
      await keys.announce("one", own, undefined);
      const rules = [{ hosts: "*", number: 1, suspended: true, by: "ops" }];
      const id = await keys.send(await keys.list(), rules, reload, 60_000);
      await keys.answer(id ?? "", "one", { host: "web-1", pid: 1, outcome: "done", text: "reloading" });
      const names = await client.keys(`${prefix}:forker:*`);
      assert.equal(names.length, 5);
      assert.equal(new Set(names.map(hashSlotOfKey)).size, 1);
    }
  });

  test("forget a forker that has been silent for a minute, and one that has left after seconds", async () => {
    const keys = new FleetKeys(client, "silent");
    await keys.announce("gone", own, undefined);
    await keys.announce("left", { ...own, state: "draining" }, undefined);
    await keys.announce("here", own, undefined);
    const { nowMs } = await keys.list();
    await client.zadd(
      "silent:forker:{fleet}:seen",
      nowMs - 61_000,
      "gone",
      nowMs - 5_000,
      "left",
      nowMs - 5_000,
      "here",
    );
    const { members } = await keys.list();
    assert.deepEqual(
      members.map(({ instance }) => instance),
      ["here"],
    );
    await keys.announce("here", undefined, undefined);
    assert.equal(await client.hexists("silent:forker:{fleet}:members", "gone"), 0);
  });

  test("forget a forker that has ended when the clock of the server was set back since", async () => {
    const keys = new FleetKeys(client, "clock");
    await keys.announce("ended", own, undefined);
    const seen = "clock:forker:{fleet}:seen";
    const { nowMs } = await keys.list();
    await client.zadd(seen, nowMs + 3_600_000, "ended");
    await keys.announce("here", own, undefined);
    const at = Number(await client.zscore(seen, "ended"));
    assert.ok(at >= nowMs && at < nowMs + 60_000, `${at - nowMs}`);
  });

  test("list a forker that was started again once, and two that run on one host with one pid", async () => {
    const keys = new FleetKeys(client, "again");
    for (const instance of ["killed", "again", "twin"]) await keys.announce(instance, own, undefined);
    await keys.announce("frozen", { ...own, pid: 2 }, undefined);
    const { nowMs } = await keys.list();
    await client.zadd("again:forker:{fleet}:seen", nowMs - 5_000, "killed", nowMs - 5_000, "frozen");
    const { members } = await keys.list();
    assert.deepEqual(members.map(({ instance }) => instance).toSorted(), ["again", "frozen", "twin"]);
  });

  test("are not changed by a command whose sender has read older rules", async () => {
    const keys = new FleetKeys(client, "raced");
    const before = await keys.list();
    const rule = (number: number) => [{ hosts: "*", number, suspended: true, by: "ops" }];
    assert.ok(await keys.send(before, rule(1), reload, 60_000));
    assert.equal(await keys.send(before, rule(2), reload, 60_000), undefined);
    assert.equal((await keys.list()).rules[0]?.number, 1);
    assert.equal(await client.xlen("raced:forker:{fleet}:commands"), 1);
  });

  test("may contain anything: what forker cannot read counts as nothing", async () => {
    const keys = new FleetKeys(client, "strange");
    await keys.announce("one", own, undefined);
    await client.set("strange:forker:{fleet}:rules", '[{"hosts":"*","number":"x"}]');
    await client.hset("strange:forker:{fleet}:members", "two", "{", "three", '{"host":1}');
    await client.zadd("strange:forker:{fleet}:seen", Date.now(), "two", Date.now(), "three", Date.now(), "four");
    const { members, rules } = await keys.list();
    assert.deepEqual(
      members.map(({ instance }) => instance),
      ["one"],
    );
    assert.deepEqual(rules, []);
    await client.set(
      "strange:forker:{fleet}:rules",
      '[{"hosts":"*","number":9007199254740994,"suspended":true,"by":"x"}]',
    );
    assert.deepEqual((await keys.list()).rules, [], "no rule could come after it");
    await client.set("strange:forker:{fleet}:members", "not a hash");
    await assert.rejects(keys.list(), /WRONGTYPE/);
    await client.del("strange:forker:{fleet}:rules");
    await client.hset("strange:forker:{fleet}:rules", "not", "a string");
    const warned: unknown[] = [];
    const rule = await readFleetRule(keys, "web-1", { warn: (fields: unknown) => warned.push(fields) } as never);
    assert.equal(rule.suspended, false);
    assert.equal(warned.length, 1);
  });
});

test("the command says what Redis has answered, and names a time only if that has passed", async () => {
  const refused = await fleetCommand("redis://127.0.0.1:1");
  assert.equal(refused.code, 69);
  assert.match(refused.problem, /prefix bull: expected the keys of a fleet, got: .*ECONNREFUSED.*\n$/);
  await client.set("bull:forker:{fleet}:members", "not a hash");
  const odd = await fleetCommand(redis.url);
  assert.equal(odd.code, 69);
  assert.match(odd.problem, /expected the keys of a fleet, got: WRONGTYPE [\w ]+\n$/);
  await client.del("bull:forker:{fleet}:members");
  const hung = net.createServer((socket) => void socket.on("error", () => undefined)).listen(0, "127.0.0.1");
  await once(hung, "listening");
  const url = `redis://127.0.0.1:${(hung.address() as AddressInfo).port}`;
  for (const words of [[], ["suspend"]]) {
    const silent = await fleetCommand(url, ...words, "--timeout", "500ms");
    assert.equal(silent.code, 69);
    assert.match(silent.problem, /expected an answer within 0\.5 s, got: no answer\n$/);
  }
  hung.close();
});

describe("a keeper", () => {
  test("takes no part until init tells it to", async () => {
    const keeper = startKeeper(await bundledBull(), redis.url, () => undefined, { prefix: "mute" });
    const other = startKeeper(await bundledBull(), redis.url, () => undefined, { prefix: "mute" });
    const keys = new FleetKeys(client, "mute");
    other.receive({ kind: "announce", announcement: { ...own, host: "web-2" }, after: undefined });
    const { members } = await eventually(waitMs, "the other one", async () => {
      const found = await keys.list();
      return found.members.length > 0 ? found : undefined;
    });
    assert.deepEqual(
      members.map(({ host }) => host),
      ["web-2"],
    );
    keeper.close();
    other.close();
  });

  test("withdraws its forker, which init does not announce again, and writes the last answers", async () => {
    const keys = new FleetKeys(client, "ending");
    const said: KeeperMessage[] = [];
    const parts = { prefix: "ending" };
    const keeper = startKeeper(await bundledBull(), redis.url, (message) => said.push(message), parts);
    keeper.receive({ kind: "announce", announcement: own, after: undefined });
    await eventually(waitMs, "it joins", () => said.find(({ kind }) => kind === "fleetJoined"));
    keeper.receive({ kind: "withdraw" });
    keeper.receive({ kind: "announce", announcement: { ...own, state: "stopping" }, after: undefined });
    keeper.receive({ kind: "fleetAnswer", command: "1-0", outcome: "done", text: "draining" });
    await eventually(waitMs, "its answer", () => said.find(({ kind }) => kind === "withdrawn"));
    assert.deepEqual((await keys.list()).members, []);
    assert.equal(await client.exists("ending:forker:{fleet}:seen", "ending:forker:{fleet}:members"), 0);
    assert.equal((await keys.readAnswers("1-0")).size, 1);
    keeper.close();
  });

  test("that takes no part, or cannot reach Redis, has nothing to withdraw", async () => {
    const said: KeeperMessage[] = [];
    const keeper = startKeeper(await bundledBull(), "redis://127.0.0.1:1", (message) => said.push(message));
    keeper.receive({ kind: "withdraw" });
    await eventually(waitMs, "its answer", () => said.find(({ kind }) => kind === "withdrawn"));
    keeper.receive({ kind: "announce", announcement: own, after: undefined });
    keeper.close();
  });

  test("passes on the commands that come after it has joined, for its host, in time and in a form that it knows", async () => {
    const keys = new FleetKeys(client, "orders");
    await send(keys, reload);
    const said: KeeperMessage[] = [];
    const warned: unknown[] = [];
    const log = pino({ level: "warn" }, { write: (line: string) => void warned.push(JSON.parse(line)) });
    const parts = { prefix: "orders", log };
    const keeper = startKeeper(await bundledBull(), redis.url, (message) => said.push(message), parts);
    keeper.receive({ kind: "announce", announcement: own, after: undefined });
    const joined = await eventually(waitMs, "it joins", () => said.find(({ kind }) => kind === "fleetJoined"));
    assert.ok(joined.kind === "fleetJoined");
    await send(keys, { ...reload, hosts: "db-*" });
    await send(keys, reload, -1_000);
    await client.xadd(
      "orders:forker:{fleet}:commands",
      "*",
      "command",
      '{"order":{"name":"explode"}}',
      "until",
      "9e15",
    );
    await client.xadd("orders:forker:{fleet}:commands", "*", "odd", "number");
    const id = await send(keys, { ...reload, order: { name: "drain" } });
    await eventually(waitMs, "the order", () => deeds(said).includes(`${id} drain`));
    assert.deepEqual(deeds(said), ["rule false", `${id} drain`]);
    assert.deepEqual(
      warned.map((line) => (line as { msg: string }).msg),
      ["ignored a fleet command that came too late", "ignored a fleet command that forker cannot read"],
    );
    keeper.close();

    // A successor continues where init says; init itself obeys no command twice.
    const next: KeeperMessage[] = [];
    const successor = startKeeper(await bundledBull(), redis.url, (message) => next.push(message), parts);
    successor.receive({ kind: "announce", announcement: own, after: joined.after });
    await eventually(waitMs, "the order", () => deeds(next).length === 2);
    assert.deepEqual(deeds(next), [`${id} drain`, "rule false"]);
    successor.receive({ kind: "fleetAnswer", command: id, outcome: "done", text: "draining" });
    await eventually(waitMs, "the answer", async () => (await keys.readAnswers(id)).size === 1);
    successor.close();
  });

  test("begins again with a stream that has lost the latest commands, and says so", async () => {
    const keys = new FleetKeys(client, "lost");
    const stream = "lost:forker:{fleet}:commands";
    const restarts = () => said.filter(({ kind }) => kind === "fleetRestarted");
    const said: KeeperMessage[] = [];
    const keeper = startKeeper(await bundledBull(), redis.url, (message) => said.push(message), { prefix: "lost" });
    keeper.receive({ kind: "announce", announcement: own, after: undefined });
    await eventually(waitMs, "it joins", () => said.some(({ kind }) => kind === "fleetJoined"));
    const rules = [{ hosts: "*", number: 9, suspended: true, by: "ops" }];
    const id = await keys.send(await keys.list(), rules, reload, 60_000);
    await eventually(waitMs, "the order", () => deeds(said).includes(`${id} reload`));
    await client.del(...(await client.keys("lost:*")));
    await eventually(waitMs, "the loss", () => restarts().length === 1);
    assert.deepEqual(restarts(), [{ kind: "fleetRestarted", after: "0-0", isLost: true }]);
    // As a server whose clock was set back numbers them.
    await client.set("lost:forker:{fleet}:rules", JSON.stringify([{ ...rules[0], number: 4, suspended: false }]));
    const command = JSON.stringify({ ...reload, order: { name: "drain" } });
    await client.xadd(stream, "5-1", "command", command, "until", "9e15");
    await eventually(waitMs, "the next order", () => deeds(said).includes("5-1 drain"));
    assert.deepEqual(deeds(said).slice(-2), ["5-1 drain", "rule false"]);
    assert.deepEqual((await keys.list()).members.length, 1);
    // The rules alone may be lost, too.
    await client.del("lost:forker:{fleet}:rules");
    await eventually(waitMs, "the second loss", () => restarts().length === 2);
    assert.deepEqual(restarts().at(-1), { kind: "fleetRestarted", after: "5-1", isLost: true });
    keeper.close();
  });

  test("follows a stream that has expired without a word", async () => {
    const said: KeeperMessage[] = [];
    const keeper = startKeeper(await bundledBull(), redis.url, (message) => said.push(message), { prefix: "expired" });
    keeper.receive({ kind: "announce", announcement: own, after: `${Date.now() - 86_500_000}-0` });
    const restarted = await eventually(waitMs, "the start", () => said.find(({ kind }) => kind === "fleetRestarted"));
    assert.deepEqual(restarted, { kind: "fleetRestarted", after: "0-0", isLost: false });
    keeper.close();
  });
});
