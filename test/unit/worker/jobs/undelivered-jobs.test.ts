import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import type { HeldLock, HeldLocks } from "../../../../src/bull/keys/held-locks.ts";
import type { Markers } from "../../../../src/bull/keys/markers.ts";
import type { BullJob } from "../../../../src/bull/library/bull-types.ts";
import type { Bull } from "../../../../src/bull/library/load-bull.ts";
import type { Lane } from "../../../../src/bull/worker/lane.ts";
import type { HeldJob } from "../../../../src/worker/jobs/held-job.ts";
import type { HeldJobs } from "../../../../src/worker/jobs/held-jobs.ts";
import type { JobEnd, JobEnds } from "../../../../src/worker/jobs/job-ends.ts";
import { UndeliveredJobs } from "../../../../src/worker/jobs/undelivered-jobs.ts";

/** A worker with one token, `token`: the locks that Redis reports, and what the worker knows. */
class Account {
  /** The job that it runs, or whose end it is writing. */
  job: (Pick<HeldJob, "isFinishing"> & { readonly job: { readonly id: string } }) | undefined;
  isFetching = false;
  givenUp: string | undefined;
  locks: HeldLock[] = [];
  refusal: Error | undefined;
  readonly handBacks: string[] = [];
  readonly failed: string[] = [];
  /** The ends whose hooks were called. */
  readonly ended: string[] = [];
  readonly undelivered: UndeliveredJobs;
  readonly #lane = {
    queue: "jobs",
    keys: {},
    traits: { removesFailed: false },
    find: async (id: string) =>
      ({
        id,
        priority: 0,
        opts: {},
        moveToWait: async () => {
          if (this.refusal !== undefined) throw this.refusal;
          this.handBacks.push(id);
        },
        moveToFailed: async (error: Error) => void this.failed.push(`${id}: ${error.message}`),
      }) as unknown as BullJob,
  } as unknown as Lane;

  constructor() {
    const here = () => this.job as HeldJob | undefined;
    const held = {
      get: () => here(),
      get all() {
        const one = here();
        return one === undefined ? [] : [one];
      },
      handedBack: [],
      isGivenUp: (token: string, id: string) => this.givenUp === `${token} ${id}`,
    };
    const isFetching = () => this.isFetching;
    const fetches = {
      has: isFetching,
      get size() {
        return isFetching() ? 1 : 0;
      },
    };
    this.undelivered = new UndeliveredJobs({
      bull: { api: { UnrecoverableError: Error } } as unknown as Bull,
      ends: { written: ({ job }: JobEnd) => this.ended.push(`${job.id} ${this.failed.length}`) } as unknown as JobEnds,
      lockOwner: "owner",
      held: held as unknown as HeldJobs,
      locks: { find: async () => this.locks } as unknown as HeldLocks,
      markers: {} as Markers,
      log: pino({ level: "silent" }),
      fetches,
    });
  }

  async look(): Promise<void> {
    await this.undelivered.handBack([this.#lane]);
  }
}

const next = { id: "next", token: "token" };

test("a job that may have come with the lost answer to another's end counts as undelivered until it is found and handed back", async () => {
  const account = new Account();
  account.job = { isFinishing: true, job: { id: "done" } };
  account.undelivered.connectionLost();
  account.locks = [next];
  await account.look();
  assert.deepEqual(account.handBacks, []);
  // Redis refused, because the job had already ended. A worker that exits now must report that it may hold more.
  account.job = undefined;
  assert.equal(account.undelivered.mayExist, true);
  await account.look();
  assert.deepEqual(account.handBacks, ["next"]);
  account.locks = [];
  await account.look();
  assert.equal(account.undelivered.mayExist, false);
});

test("a worker that exits after Redis has refused to hand back an undelivered job reports that it may hold more", async () => {
  const account = new Account();
  account.locks = [next];
  account.refusal = new Error("BUSY");
  await assert.rejects(account.look(), /^Error: BUSY$/);
  assert.equal(account.undelivered.mayExist, true);
  account.refusal = undefined;
  await account.look();
  assert.deepEqual(account.handBacks, ["next"]);
  assert.equal(account.undelivered.mayExist, false);
});

test("a connection that is lost during a look causes another look", async () => {
  const account = new Account();
  account.isFetching = true;
  account.undelivered.connectionLost();
  const looking = account.look();
  account.undelivered.connectionLost();
  await looking;
  account.isFetching = false;
  assert.equal(account.undelivered.mayExist, true);
  await account.look();
  assert.equal(account.undelivered.mayExist, false);
});

test("a job that is being fetched or held is not undelivered", async () => {
  const account = new Account();
  account.isFetching = true;
  account.undelivered.connectionLost();
  account.locks = [next];
  await account.look();
  account.isFetching = false;
  account.job = { isFinishing: false, job: { id: "next" } };
  await account.look();
  assert.deepEqual(account.handBacks, []);
  assert.equal(account.undelivered.mayExist, false);
});

test("a job that has ended is not undelivered, even if Redis never accepts its end; the next one with its lock token may be", async () => {
  const account = new Account();
  account.givenUp = "token ended";
  account.locks = [{ id: "ended", token: "token" }, next];
  await account.look();
  assert.deepEqual(account.handBacks, ["next"]);
});

test("a job that never arrives although no connection is lost is handed back three times, then fails, and its hook is called", async () => {
  const account = new Account();
  account.locks = [next];
  for (let look = 0; look < 4; look++) await account.look();
  assert.deepEqual(account.handBacks, ["next", "next", "next"]);
  const reason = "a worker took the job 4 times and never received it, although no connection was lost";
  assert.deepEqual(account.failed, [`next: ${reason}`]);
  assert.deepEqual(account.ended, ["next 1"], "after it was written");
});

test("a job whose delivery is lost with each of many connections is handed back each time", async () => {
  const account = new Account();
  account.locks = [next];
  for (let loss = 0; loss < 4; loss++) {
    account.undelivered.connectionLost();
    await account.look();
  }
  assert.deepEqual([account.handBacks, account.failed], [["next", "next", "next", "next"], []]);
});
