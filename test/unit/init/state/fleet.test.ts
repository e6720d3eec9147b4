// What a forker does with the orders of the fleet, and with the rule that its workers and its keeper read.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FleetOrder, FleetRule } from "../../../../src/protocol/fleet.ts";
import { limits, Universe } from "../../../support/universe.ts";

const redis = { connection: "redis://127.0.0.1", prefix: "bull", bull: { version: "6.7.0", major: 6 } };
const keeper = 99;

class FleetUniverse {
  readonly universe = new Universe({ engine: "fork", workers: 2, redis }, limits);

  constructor() {
    this.universe.settle();
  }

  get world() {
    return this.universe.world;
  }

  get answers(): readonly string[] {
    return this.world.fleet.answers.map(({ command, outcome, text }) => `${command} ${outcome}: ${text}`);
  }

  #keeper(): number {
    return this.world.keeper?.id ?? keeper;
  }

  rules(rule: FleetRule): void {
    this.universe.happen({ kind: "fleetRuled", keeper: this.#keeper(), rule });
  }

  orders(command: string, name: Exclude<FleetOrder["name"], "stopJob">, rule?: FleetRule): void {
    const event = { kind: "fleetOrdered", keeper: this.#keeper(), command, by: "ops (pid 1)" } as const;
    this.universe.happen({ ...event, order: { name }, rule });
  }

  restarts(after: string, isLost: boolean): void {
    this.universe.happen({ kind: "fleetRestarted", keeper: this.#keeper(), after, isLost });
  }

  workerRead(rule: FleetRule): void {
    this.universe.happen({ kind: "workerReadFleet", worker: this.world.workers[0]?.id ?? 0, rule });
  }

  signal(kind: "suspend" | "resume"): void {
    this.universe.happen({ kind: "order", order: { kind } });
  }
}

const rule = (number: number, suspended: boolean): FleetRule => ({ number, suspended, by: "ops (pid 1)" });

describe("a forker of a fleet", () => {
  test("has a keeper in these tests", () => {
    assert.notEqual(new FleetUniverse().world.keeper, undefined);
  });

  test("is suspended and resumed, and answers", () => {
    const one = new FleetUniverse();
    one.orders("1-0", "suspend", rule(1, true));
    assert.equal(one.world.suspended, true);
    assert.ok(one.world.slots.every(({ suspended }) => suspended));
    one.orders("2-0", "resume", rule(2, false));
    assert.equal(one.world.suspended, false);
    assert.deepEqual(one.answers, ["1-0 done: suspended", "2-0 done: resumed"]);
  });

  test("does not claim to obey a rule that is numbered below the one that it follows", () => {
    const one = new FleetUniverse();
    one.orders("1-0", "suspend", rule(9, true));
    one.orders("2-0", "resume", rule(2, false));
    assert.equal(one.world.suspended, true);
    assert.deepEqual(one.answers, [
      "1-0 done: suspended",
      "2-0 refused: it follows a rule with a larger number, of ops (pid 1)",
    ]);
  });

  test("obeys a command once, however often a keeper reads it", () => {
    const one = new FleetUniverse();
    one.orders("5-0", "reload");
    assert.ok(one.world.candidate !== undefined || one.world.reloadWanted);
    one.universe.settle();
    const { generation } = { generation: one.world.current?.number };
    one.orders("5-0", "reload");
    one.orders("4-9", "drain");
    one.universe.settle();
    assert.equal(one.world.current?.number, generation);
    assert.equal(one.world.phase, "running");
    assert.deepEqual(one.answers, ["5-0 done: reloading"]);
  });

  test("is suspended from its start if a worker has read so", () => {
    const one = new FleetUniverse();
    one.workerRead(rule(7, true));
    assert.equal(one.world.suspended, true);
  });

  test("stays suspended by a signal if it starts in a fleet that is not", () => {
    const one = new FleetUniverse();
    one.signal("suspend");
    one.workerRead(rule(0, false));
    one.rules(rule(7, false));
    assert.equal(one.world.suspended, false, "a resume that comes while it runs concerns it");
    const other = new FleetUniverse();
    other.signal("suspend");
    other.rules(rule(7, false));
    assert.equal(other.world.suspended, true);
  });

  test("follows a rule once: a signal that comes later lasts", () => {
    const one = new FleetUniverse();
    one.rules(rule(7, true));
    one.signal("resume");
    one.rules(rule(7, true));
    one.rules(rule(6, true));
    assert.equal(one.world.suspended, false);
    one.rules(rule(8, true));
    assert.equal(one.world.suspended, true);
  });

  test("resumes a worker that has suspended itself by an old rule", () => {
    const one = new FleetUniverse();
    one.rules(rule(7, true));
    one.rules(rule(8, false));
    one.universe.settle();
    const [worker] = one.world.workers;
    assert.ok(worker);
    const { suspensionOrders } = worker;
    one.workerRead(rule(7, true));
    one.universe.step(0);
    assert.equal(worker.toldSuspended, false);
    assert.equal(worker.suspensionOrders, suspensionOrders + 1, "init orders it to resume");
    assert.equal(one.world.suspended, false);
  });

  test("forgets the fleet when its keeper moves to another Redis, whose numbers are others", () => {
    const one = new FleetUniverse();
    one.rules(rule(7, false));
    one.orders("9-0", "reload");
    const { keeper: moving } = one.world;
    assert.ok(moving);
    moving.hasMoved = true;
    one.universe.happen({ kind: "keeperExited", keeper: moving.id, status: { exitCode: 0 } });
    one.workerRead(rule(3, true));
    assert.equal(one.world.suspended, true);
    assert.equal(one.world.fleet.after, undefined);
  });

  test("obeys orders with smaller numbers when Redis has lost the latest, and stays suspended until one resumes it", () => {
    const one = new FleetUniverse();
    one.orders("9-0", "suspend", rule(9, true));
    one.restarts("0-0", true);
    one.rules(rule(0, false));
    assert.equal(one.world.suspended, true);
    one.orders("2-0", "reload");
    one.orders("3-0", "resume", rule(3, false));
    assert.deepEqual(one.answers.slice(1), ["2-0 done: reloading", "3-0 done: resumed"]);
    assert.equal(one.world.suspended, false);
  });

  test("follows no rule again when commands have expired", () => {
    const one = new FleetUniverse();
    one.orders("9-0", "suspend", rule(9, true));
    one.signal("resume");
    one.restarts("0-0", false);
    one.workerRead(rule(9, true));
    assert.equal(one.world.suspended, false);
  });

  test("that drains refuses to reload and to resume, and accepts the rest", () => {
    const one = new FleetUniverse();
    one.orders("1-0", "drain");
    assert.equal(one.world.phase, "draining");
    one.orders("2-0", "reload");
    one.orders("3-0", "resume", rule(3, false));
    one.orders("4-0", "suspend", rule(4, true));
    one.orders("5-0", "drain");
    assert.deepEqual(one.answers, [
      "1-0 done: draining",
      "2-0 refused: it is about to exit",
      "3-0 refused: it is about to exit",
      "4-0 done: suspended",
      "5-0 done: draining",
    ]);
  });
});
