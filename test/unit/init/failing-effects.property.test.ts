// The effect of any action may fail. The supervisor continues, waits for no process that does not exist, and still exits on request.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import * as fc from "fast-check";
import type { BoardRow } from "../../../src/board/row-reader.ts";
import { Loop, type LoopEffects, type LoopInbound } from "../../../src/init/loop.ts";
import type { PerformDependencies } from "../../../src/init/processes/perform.ts";
import { performFailed } from "../../../src/init/processes/perform-failed.ts";
import type { Action } from "../../../src/init/state/action.ts";
import type { Event } from "../../../src/init/state/event.ts";
import { exitEvent } from "../../../src/init/state/process-end.ts";
import { boardRow } from "../../support/board-row.ts";
import { assertHolds } from "../../support/properties.ts";
import { concernsSame, limits, type Nature, Universe } from "../../support/universe.ts";

/** Exhaustive: a new kind of action must be added here. */
const kinds = Object.keys({
  startReload: true,
  restartTemplate: true,
  retireTemplate: true,
  killTemplate: true,
  fallBack: true,
  activate: true,
  abandonReload: true,
  startWorkers: true,
  startSpare: true,
  takeOver: true,
  startRunners: true,
  killRunner: true,
  take: true,
  suspend: true,
  resume: true,
  drain: true,
  stop: true,
  stopUnkilled: true,
  recycle: true,
  kill: true,
  endJobs: true,
  passOnEnd: true,
  askRetryDelay: true,
  answerRetryDelay: true,
  dropEnds: true,
  replace: true,
  giveUp: true,
  startKeeper: true,
  killKeeper: true,
  giveUpQuarantined: true,
  addWorkers: true,
  removeWorkers: true,
  holdWorkers: true,
  keeperLeaves: true,
  withdraw: true,
  handBack: true,
  giveUpHandBack: true,
  fail: true,
  tellWaiters: true,
  exit: true,
} satisfies Record<Action["kind"], true>) as Action["kind"][];

const job = { queue: "jobs", id: "1", startedAt: 0, stage: "running" as const };
const timeLimits = [{ pattern: "*", softMs: 1_000, hardMs: 2_000 }];
const ages = { ...limits, recycleAgeMs: 60_000 };
/** The longest exits: an order that was not carried out, a process that cannot be killed, a keeper that does not answer. */
const stopBoundMs =
  limits.forkTimeMs +
  limits.exitTimeMs +
  limits.unkillableMs +
  2 * limits.killAgainMs +
  limits.lockDurationMs +
  limits.withdrawTimeMs;
const drainBoundMs = stopBoundMs + limits.drainTimeoutMs + limits.stopTimeoutMs + limits.handBackTimeMs;

interface Failing {
  readonly kind: Action["kind"];
  /** False: the handling of the failure fails as well, and only deadlines remain. */
  readonly isHandled: boolean;
}

/** The real loop over well-behaved processes. The effect of one kind of action throws each time. */
class Troubled implements LoopInbound, LoopEffects {
  readonly universe: Universe;
  readonly loop: Loop;
  readonly performed = new Set<Action["kind"]>();
  readonly faults: unknown[] = [];
  readonly alive = new Set<number>();
  readonly #failing: Failing;
  /** The worker whose row shows a job that does not end. */
  holder: number | undefined;
  /** The worker whose event loop does not turn. */
  stuck: number | undefined;
  /** Processes are launched and die of SIGKILL, but send nothing and obey no order. */
  isHushed = false;
  exitedAt: number | undefined;

  constructor(nature: Nature, failing: Failing) {
    const hasSpare = failing.kind === "startSpare" || failing.kind === "takeOver";
    const own = { ...ages, hasSpare };
    this.universe = new Universe(nature, own);
    this.loop = new Loop(this.universe.world, own, { now: () => Date.now() }, this, this);
    this.#failing = failing;
  }

  look(): readonly Event[] {
    const records = new Map<number, BoardRow>();
    if (this.holder !== undefined) records.set(this.holder, boardRow({ holding: [job] }));
    if (this.stuck !== undefined) records.set(this.stuck, boardRow({ beatAt: Date.now() - 2 * limits.stuckTimeoutMs }));
    return [{ kind: "boardRead", records, stoppedBySignal: new Set() }];
  }

  collect(): readonly Event[] {
    return [];
  }

  happened(event: Event): void {
    if ("pid" in event) this.alive.add(event.pid);
    if ("status" in event) for (const { pid } of this.#processes(event)) this.alive.delete(pid ?? 0);
    throw new Error("the log failed");
  }

  perform(action: Action): void {
    this.performed.add(action.kind);
    if (action.kind === this.#failing.kind && (action.kind !== "exit" || this.faults.length < 3)) {
      this.faults.push(action);
      throw new Error("the effect failed");
    }
    this.universe.perform(action);
    if (action.kind === "exit") this.exitedAt = Date.now();
  }

  performFailed(action: Action, cause: unknown): void {
    if (!this.#failing.isHandled) throw cause;
    const children = {
      notStarted: (name: Parameters<typeof exitEvent>[0], why: string) =>
        this.loop.push(exitEvent(name, { unknown: true, notStarted: why })),
    };
    const { world } = this.universe;
    performFailed(
      action,
      cause as Error,
      {
        world,
        children,
        push: (event: Event) => this.loop.push(event),
      } as PerformDependencies,
    );
  }

  turned(): void {}

  fault(): void {
    throw new Error("the log failed");
  }

  /** Delivers all pending events of processes, and lets this much time pass. */
  pass(ms: number): void {
    for (let turn = 0; turn < 50 && this.universe.pending.length > 0; turn++) {
      const events = this.universe.pending.splice(0);
      for (const event of this.isHushed ? events.filter(happensInSilence) : events) this.loop.push(event);
      mock.timers.tick(1);
      this.check();
    }
    mock.timers.tick(ms);
    this.check();
  }

  crash(event: Event): void {
    this.universe.pending = this.universe.pending.filter((other) => !concernsSame(other, event));
    this.loop.push(event);
  }

  /** Every process of the world exists or has a deadline. */
  check(): void {
    const { templates, workers, runners, keeper } = this.universe.world;
    for (const one of [...templates, ...workers, ...runners, ...(keeper === undefined ? [] : [keeper])]) {
      const isReal = one.pid !== undefined && this.alive.has(one.pid);
      assert.ok(isReal || Number.isFinite(one.deadline), `${one.state} ${one.id} is waited for without end`);
    }
  }

  #processes(event: Event) {
    const { templates, workers, runners, keeper } = this.universe.world;
    return [...templates, ...workers, ...runners, ...(keeper === undefined ? [] : [keeper])].filter(
      ({ id }) =>
        ("template" in event && event.template === id) ||
        ("worker" in event && event.worker === id) ||
        ("runner" in event && event.runner === id) ||
        ("keeper" in event && event.keeper === id),
    );
  }
}

function happensInSilence(event: Event): boolean {
  return "pid" in event || ("status" in event && "signal" in event.status);
}

const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constant("order" as const),
      kind: fc.constantFrom("reload", "suspend", "resume", "addWorker", "removeWorker", "stopJobs"),
    }),
    fc.record({
      do: fc.constantFrom(
        "crash",
        "runnerCrash",
        "wantRunners",
        "takeRunner",
        "killRunner",
        "templateCrash",
        "keeperCrash",
        "hold",
        "stick",
        "quarantine",
        "end",
        "ask",
        "wait",
        "hush",
      ),
      choice: fc.nat(5),
    }),
  ),
  { maxLength: 12 },
);
type Step = typeof steps extends fc.Arbitrary<(infer One)[]> ? One : never;

const signal = { signal: "SIGKILL" } as const;

function play(troubled: Troubled, step: Step): void {
  const { world } = troubled.universe;
  if (step.do === "order") troubled.loop.push({ kind: "order", order: { kind: step.kind as "reload" } });
  else {
    const launched = world.workers.filter(({ pid }) => pid !== undefined);
    const worker = launched[step.choice % Math.max(1, launched.length)];
    const template = world.templates.find(({ pid }) => pid !== undefined);
    const keeper = world.keeper?.id ?? 0;
    if (step.do === "crash" && worker) troubled.crash({ kind: "workerExited", worker: worker.id, status: signal });
    const wanted = { waiting: step.choice % 3, host: { socketName: "runners", secret: "secret" } };
    if (step.do === "wantRunners" && worker)
      troubled.loop.push({ kind: "workerWantsRunners", worker: worker.id, wanted });
    const runner = world.runners[step.choice % Math.max(1, world.runners.length)];
    if (step.do === "runnerCrash" && runner?.pid !== undefined)
      troubled.crash({ kind: "runnerExited", runner: runner.id, status: signal });
    const own = { runner: runner?.id ?? 0, worker: runner?.worker ?? 0 };
    if (step.do === "takeRunner") troubled.loop.push({ kind: "runnerTaken", ...own, job });
    if (step.do === "killRunner") troubled.loop.push({ kind: "runnerKillAsked", ...own, why: "asked" });
    if (step.do === "templateCrash" && template && world.current)
      troubled.crash({ kind: "templateExited", template: template.id, status: signal });
    if (step.do === "keeperCrash") troubled.crash({ kind: "keeperExited", keeper, status: signal });
    if (step.do === "hold") troubled.holder = worker?.id;
    if (step.do === "stick") troubled.stuck = worker?.id;
    if (step.do === "hush") troubled.isHushed = !troubled.isHushed;
    if (step.do === "end")
      troubled.loop.push({ kind: "jobEnded", report: { queue: "jobs", id: "1", attemptsMade: 1 } });
    const question = { number: 1, queue: "jobs", id: "1", attemptsMade: 1, failure: { name: "Error", message: "no" } };
    if (step.do === "ask") troubled.loop.push({ kind: "keeperAskedRetryDelay", keeper, question });
    const quarantined = { count: 1, latest: [job], queues: ["jobs"] };
    if (step.do === "quarantine") troubled.loop.push({ kind: "keeperQuarantined", keeper, quarantined });
  }
  troubled.pass(step.do === "wait" ? 40_000 : 200);
}

const natures = fc.record({
  engine: fc.constantFrom("fork" as const, "spawn" as const),
  workers: fc.integer({ min: 1, max: 3 }),
  redis: fc.constant({ connection: "redis://redis", prefix: "bull", bull: { version: "6.7.0", major: 6 } }),
  timeLimits: fc.constant(timeLimits),
});

/** They have no effect outside, and need more deaths than a script has steps. The last one needs another effect that fails. */
const unlikely: readonly Action["kind"][] = [
  "fallBack",
  "abandonReload",
  "fail",
  "giveUpHandBack",
  "giveUpQuarantined",
  "stopUnkilled",
];

/** They change only the world, and have no effect that could fail. No range is in these worlds. */
const ofRanges: ReadonlySet<Action["kind"]> = new Set(["addWorkers", "removeWorkers", "holdWorkers"]);

for (const kind of kinds.filter((one) => !ofRanges.has(one))) {
  test(`TERM and QUIT end init within their bounds even if ${kind} always fails`, () => {
    let isReached = false;
    const exits = { drain: drainBoundMs, stop: stopBoundMs } as const;
    const ways = fc.constantFrom<keyof typeof exits>("drain", "stop");
    const isBounded = fc.property(
      natures,
      steps,
      ways,
      fc.boolean(),
      fc.nat(1),
      (nature, script, way, isHandled, waiters) => {
        mock.timers.enable({ apis: ["setTimeout", "setImmediate", "Date"] });
        try {
          const troubled = new Troubled(nature, { kind, isHandled });
          troubled.loop.wake();
          troubled.pass(500);
          troubled.pass(500);
          for (const step of script) if (troubled.exitedAt === undefined) play(troubled, step);
          if (waiters > 0) troubled.loop.push({ kind: "waiters", count: waiters });
          const askedAt = Date.now();
          troubled.loop.push({ kind: "order", order: { kind: way } });
          while (troubled.exitedAt === undefined && Date.now() < askedAt + exits[way]) troubled.pass(500);
          troubled.loop.end();
          assert.ok(troubled.exitedAt !== undefined, JSON.stringify(troubled.universe.world, undefined, 1));
          isReached ||= troubled.performed.has(kind);
        } finally {
          mock.timers.reset();
        }
      },
    );
    assertHolds(isBounded, { runs: 200 });
    if (unlikely.includes(kind)) return;
    for (let round = 1; round <= 10; round++) if (!isReached) assertHolds(isBounded, { runs: 200, round });
    assert.ok(isReached, `no script led to ${kind}`);
  });
}

test("a fault in the decisions themselves does not keep init from exiting", () => {
  mock.timers.enable({ apis: ["setTimeout", "setImmediate", "Date"] });
  try {
    const nature = {
      engine: "fork",
      workers: 1,
      redis: { connection: "redis://redis", prefix: "bull", bull: { version: "6.7.0", major: 6 } },
    } as const;
    const troubled = new Troubled(nature, { kind: "exit", isHandled: true });
    troubled.loop.wake();
    troubled.pass(500);
    Object.defineProperty(troubled.universe.world, "handBackOrders", {
      get: () => {
        throw new Error("a fault of ours");
      },
    });
    const askedAt = Date.now();
    troubled.loop.push({ kind: "order", order: { kind: "stop" } });
    while (troubled.exitedAt === undefined && Date.now() < askedAt + stopBoundMs) mock.timers.tick(500);
    assert.equal(troubled.universe.exited, "internal");
  } finally {
    mock.timers.reset();
  }
});
