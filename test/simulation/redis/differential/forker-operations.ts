import type { Redis } from "ioredis";
import { discoverQueues } from "../../../../src/bull/keys/discover-queues.ts";
import { readFields } from "../../../../src/bull/keys/found-job.ts";
import { HeldLocks, type RunningJob, type TakenJob } from "../../../../src/bull/keys/held-locks.ts";
import { popCopy, saveCopy } from "../../../../src/bull/keys/job-copy.ts";
import { Leases } from "../../../../src/bull/keys/leases.ts";
import { Markers } from "../../../../src/bull/keys/markers.ts";
import { repairParent } from "../../../../src/bull/keys/mend-parent.ts";
import { OrphanLocks } from "../../../../src/bull/keys/orphan-locks.ts";
import { WaitingHeads } from "../../../../src/bull/keys/waiting-heads.ts";
import { jobField, jobKey, type QueueKeys, queueKeyNames } from "../../../../src/bull/library/key-layout.ts";
import type { Move } from "../../../../src/bull/worker/job-moves.ts";
import { chance, oneOf } from "./draw-options.ts";
import type { Operation, Session } from "./session.ts";

const instance = "0a0b0c0d-1a2b3c4d";
const owners = [`${instance}-worker`, `${instance}-other`, "0a0b0c0d-99999999-gone"];
const lockDurationMs = 30_000;

function keysOf(queue: string): QueueKeys {
  return Object.fromEntries(queueKeyNames.map((name) => [name, `bull:${queue}:${name}`])) as unknown as QueueKeys;
}

type Use = (client: Redis, keys: QueueKeys, session: Session) => Promise<unknown>;

function on(use: Use): Operation {
  return async (session) => {
    await use(session.client, keysOf(oneOf(session.draws, ["first", "second"]) as string), session);
  };
}

/** A job that the session has taken, or any other. */
function takenJob({ draws, held }: Session): TakenJob {
  const one = oneOf(draws, held);
  const starts = (one?.job.attemptsStarted ?? 1) - (chance(draws, 0.2) ? 1 : 0);
  const id = one?.job.id ?? `${1 + draws.below(10)}`;
  return { id, token: one?.token ?? `${owners[0]}:1`, starts, ends: one?.job.attemptsMade ?? 0 };
}

function runningJob(session: Session): RunningJob {
  return { ...takenJob(session), stalls: session.draws.below(2) };
}

const moves: readonly Move[] = ["complete", "fail", "wait", "schedule"];

async function readQueues(client: Redis, keys: QueueKeys) {
  const markers = new Markers(client);
  await markers.firstReady([keys.marker]);
  await markers.restore([keys, keysOf("second")]);
  await new WaitingHeads(client).head(keys);
  await discoverQueues(client, "bull");
}

async function claimOrphans(client: Redis, keys: QueueKeys, { draws }: Session) {
  const locks = new OrphanLocks(client, instance);
  await locks.lockOwners(keys);
  if (!chance(draws, 0.5)) return;
  const [orphan] = await locks.claim({ keys, lockDurationMs }, [oneOf(draws, [instance, ...owners]) as string]);
  if (orphan !== undefined) await locks.transfer({ keys, lockDurationMs }, orphan, `${instance}-new`);
}

async function markWaiting(client: Redis, keys: QueueKeys, session: Session) {
  const locks = new HeldLocks(client);
  const job = takenJob(session);
  await locks.markWaiting(keys, job);
  await locks.countDeath(keys, job.id, 2, "unknown");
  if (chance(session.draws, 0.5)) return;
  const startedAt = Number((await client.hget(jobKey(keys, job.id), jobField.processedOn)) ?? 0);
  await locks.unmarkWaiting(keys, job.id, startedAt - (chance(session.draws, 0.2) ? 1 : 0));
}

export const forkerOperations: Readonly<Record<string, readonly [weight: number, operation: Operation]>> = {
  readQueues: [5, on(readQueues)],
  findHeld: [3, on((client, keys) => new HeldLocks(client).find(keys, owners[0] as string))],
  claimHeld: [
    3,
    on((client, keys, session) => {
      const { id, starts } = takenJob(session);
      return new HeldLocks(client).claim(keys, oneOf(session.draws, owners) as string, lockDurationMs, [
        { id, starts },
      ]);
    }),
  ],
  renewHeld: [3, on((client, keys) => new HeldLocks(client).renew(keys, owners, lockDurationMs))],
  lookAfter: [
    4,
    on((client, keys, session) =>
      new HeldLocks(client).lookAfter(keys, lockDurationMs, [runningJob(session), runningJob(session)]),
    ),
  ],
  regain: [
    6,
    on((client, keys, session) => {
      const { draws } = session;
      return new HeldLocks(client).regain(
        keys,
        lockDurationMs,
        takenJob(session),
        oneOf(draws, moves) as Move,
        chance(draws, 0.5),
      );
    }),
  ],
  countDeath: [3, on((client, keys, session) => new HeldLocks(client).countDeath(keys, takenJob(session).id, 2))],
  markWaiting: [3, on(markWaiting)],
  claimOrphans: [4, on(claimOrphans)],
  copyJob: [
    2,
    on(async (client, keys, session) => {
      await saveCopy(client, jobKey(keys, takenJob(session).id), '"result"');
      await readFields(client, jobKey(keys, takenJob(session).id), "toTell");
      await popCopy(client, jobKey(keys, takenJob(session).id));
    }),
  ],
  repairParent: [2, on((client, keys, session) => repairParent(client, jobKey(keys, takenJob(session).id)))],
  lease: [
    2,
    on(async (client, _keys, { pass }) => {
      const leases = new Leases(client, "bull");
      await leases.renew(instance, { status: "running", network: "net:[1]", socket: undefined });
      pass(1_000);
      await leases.find(instance);
    }),
  ],
};
