import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import type { HeldLock, KnownJob } from "../../../src/bull/keys/held-locks.ts";
import type { Lane } from "../../../src/bull/worker/lane.ts";
import { DeadWorkers, type HandBack } from "../../../src/keeper/dead-workers.ts";
import type { HandBackParts } from "../../../src/keeper/death.ts";
import type { KeeperMessage } from "../../../src/protocol/keeper-messages.ts";

const lateDelayMs = 5_000;
const mostLateOrders = 64;

/** Redis refuses until it is changed, and init has given up each order after the first attempt. */
class Scene {
  readonly sent: KeeperMessage[] = [];
  readonly claims: (readonly KnownJob[])[] = [];
  locks: HeldLock[] = [];
  refusesClaims = true;
  readonly refusedJobs = new Set<string>();
  readonly dead: DeadWorkers;
  readonly #context: TestContext;

  constructor(context: TestContext) {
    this.#context = context;
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const refusal = new Error("READONLY You can't write against a read only replica.");
    const lane = {
      queue: "jobs",
      keys: {},
      lockDurationMs: 0,
      find: async (id: string) => ({
        id,
        priority: 0,
        moveToWait: async () => {
          if (this.refusedJobs.has(id)) throw refusal;
          this.locks = this.locks.filter((lock) => lock.id !== id);
        },
      }),
    };
    const locks = {
      claim: async (_keys: object, _owner: string, _durationMs: number, known: readonly KnownJob[]) => {
        this.claims.push(known);
        if (this.refusesClaims) throw refusal;
        return this.locks;
      },
      unmarkWaiting: async () => undefined,
      regain: async () => "gone",
    };
    this.dead = new DeadWorkers({
      tools: { locks, markers: { mark: async () => undefined }, deathsAtMost: () => 2 } as unknown as HandBackParts,
      warnings: { warn: () => true } as never,
      lockDurationMs: 0,
      lane: () => lane as unknown as Lane,
      send: (message) => this.sent.push(message),
      look: () => undefined,
    });
  }

  /** Orders to hand back the jobs of a worker, and resolves after the first attempt. */
  async order(worker: number, holding: HandBack["holding"] = []): Promise<void> {
    const common = { kind: "handBack", slot: 0, workerPid: 1, reason: "", counts: false, endings: [] } as const;
    void this.dead.handBack({ ...common, worker, lockOwner: `owner${worker}`, queues: ["jobs"], holding });
    await this.#settle();
  }

  async pass(ms: number): Promise<void> {
    this.#context.mock.timers.tick(ms);
    await this.#settle();
  }

  async #settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await setImmediate();
  }

  handedBack(): (readonly string[])[] {
    return this.sent.flatMap((one) => (one.kind === "handedBack" ? [one.handedBack.map(({ id }) => id)] : []));
  }
}

test("jobs that init has given up are handed back when Redis accepts that, however late", async (context) => {
  const scene = new Scene(context);
  await scene.order(1);
  for (let minutes = 0; minutes < 60; minutes++) await scene.pass(60_000);
  assert.ok(scene.claims.length > 60);
  assert.deepEqual(scene.sent, []);
  scene.refusesClaims = false;
  scene.locks = [{ id: "one", token: "owner1:1" }];
  await scene.pass(lateDelayMs);
  assert.deepEqual(scene.handedBack(), [["one"]]);
  const { length } = scene.claims;
  await scene.pass(60_000);
  assert.equal(scene.claims.length, length, "it does not try again");
});

test("each job is reported once, even if Redis accepts them one after the other", async (context) => {
  const scene = new Scene(context);
  scene.refusesClaims = false;
  scene.locks = ["one", "two"].map((id) => ({ id, token: "owner1:1" }));
  scene.refusedJobs.add("two");
  await scene.order(1);
  await scene.pass(lateDelayMs);
  assert.deepEqual(scene.handedBack(), [["one"]]);
  scene.refusedJobs.clear();
  await scene.pass(lateDelayMs);
  assert.deepEqual(scene.handedBack(), [["one"], ["two"]]);
});

test("of a job that init has given up, its count of starts must show that no other worker has had it since", async (context) => {
  const scene = new Scene(context);
  const known = { queue: "jobs", id: "known", starts: 1 };
  await scene.order(1, [known, { queue: "jobs", id: "unknown" }]);
  await scene.pass(lateDelayMs);
  assert.deepEqual(
    scene.claims.map((jobs) => jobs.map(({ id }) => id)),
    [["known", "unknown"], ["known"]],
  );
});

test("the keeper keeps the first of the orders that init has given up", async (context) => {
  const scene = new Scene(context);
  for (let worker = 1; worker <= mostLateOrders + 1; worker++) await scene.order(worker);
  assert.equal(scene.claims.length, mostLateOrders + 1);
  await scene.pass(lateDelayMs);
  assert.equal(scene.claims.length, 2 * mostLateOrders + 1);
});
