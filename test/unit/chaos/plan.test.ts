import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { actStyles } from "../../chaos/monkey/acts.ts";
import { planActs } from "../../chaos/monkey/plan.ts";
import { readOptions } from "../../chaos/options.ts";
import { nextOrder } from "../../chaos/producer/orders.ts";
import { Draws } from "../../support/draws.ts";

const options = { seed: 5, seconds: 120, side: "forker", withInit: false, isolation: false } as const;

describe("the monkey's plan", () => {
  test("is the same for the same seed, and differs for another", () => {
    assert.deepEqual(planActs(options), planActs(options));
    assert.notDeepEqual(planActs(options), planActs({ ...options, seed: 6 }));
  });

  test("begins like a shorter run's when the run is longer", () => {
    const short = planActs(options);
    assert.deepEqual(planActs({ ...options, seconds: 300 }).slice(0, short.length), short);
  });

  test("gives plain Workers the same acts at the same times, except those that mean nothing to them", () => {
    const theirs = planActs({ ...options, side: "plain" });
    assert.deepEqual(
      theirs,
      planActs(options).filter(({ kind }) => actStyles[kind].plain),
    );
    assert.ok(theirs.length > 20);
  });

  test("kills init only when asked to, and leaves it in peace afterwards", () => {
    assert.ok(planActs(options).every(({ kind }) => kind !== "kill init"));
    const acts = planActs({ ...options, seconds: 600, withInit: true });
    const kills = acts.filter(({ kind }) => kind === "kill init");
    assert.ok(kills.length >= 5);
    for (const kill of kills)
      assert.ok(acts.every(({ atMs }) => atMs <= kill.atMs || atMs >= kill.atMs + 45_000 || atMs === kill.atMs));
  });

  test("ends runners only where each job has one", () => {
    const isOfRunner = ({ kind }: { kind: string }) => kind.endsWith("runner");
    assert.ok(!planActs(options).some(isOfRunner));
    const acts = planActs({ ...options, isolation: true });
    for (const kind of ["kill runner", "freeze runner", "block runner"])
      assert.ok(
        acts.some((act) => act.kind === kind),
        kind,
      );
  });
});

describe("the producer's orders", () => {
  test("are the same for the same seed, and include every kind", () => {
    const orders = (seed: number) => {
      const draws = new Draws(seed, 1);
      return Array.from({ length: 400 }, (_, serial) => nextOrder(draws, serial));
    };
    assert.deepEqual(orders(1), orders(1));
    const all = orders(1).flatMap((order) => [order, ...order.children]);
    const kinds = "allocates blocks compute computeLong deaf doomed flaky io parent quick waits".split(" ");
    assert.deepEqual([...new Set(all.map(({ kind }) => kind))].toSorted(), kinds);
    assert.deepEqual([...new Set(all.map(({ queue }) => queue))].toSorted(), ["flows", "jobs", "limited"]);
    assert.ok(all.some(({ options: { delay } }) => delay !== undefined));
    assert.ok(all.some(({ options: { priority } }) => priority !== undefined));
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
  });
});

describe("the command line of the chaos test", () => {
  test("has defaults, and says what it expected", () => {
    assert.equal(readOptions([]).side, "forker");
    assert.throws(() => readOptions(["--side", "both"]), /expected forker or plain, got both/);
    assert.throws(() => readOptions(["--side", "plain", "--isolation"]), /expected --side forker, got --side plain/);
    assert.throws(() => readOptions(["--seconds", "ten"]), /expected a number above 0, got ten/);
  });
});
