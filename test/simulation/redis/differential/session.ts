import { mock } from "node:test";
import type * as BullMQ from "bullmq";
import { Redis } from "ioredis";
import { Draws } from "../../../support/draws.ts";
import type { Keyspace } from "../data/keyspace.ts";
import type { Request } from "../model-options.ts";
import { RedisModel } from "../redis-model.ts";
import type { Reply } from "../reply.ts";
import { streamConnector } from "../wire/stream-connector.ts";

export type Bull = typeof BullMQ;

/** What happened to the server: a command and its reply, or time that passed. */
export type Step =
  | { readonly kind: "command"; readonly argv: readonly string[]; readonly reply: Reply }
  | { readonly kind: "passed"; readonly ms: number; readonly expiries: readonly Expiry[] };

/** A key that expires, and how long it had left before the time passed. */
export interface Expiry {
  readonly key: string;
  readonly leftMs: number;
}

export interface HeldJob {
  readonly job: BullMQ.Job;
  readonly token: string;
}

/** BullMQ's own classes on a model, and what they sent to it. Everything is drawn from the seed. */
export interface Session {
  readonly bull: Bull;
  readonly draws: Draws;
  /** For forker's scripts, like its command connection. */
  readonly client: Redis;
  readonly queues: readonly BullMQ.Queue[];
  readonly workers: readonly BullMQ.Worker[];
  readonly flows: BullMQ.FlowProducer;
  /** Jobs that were taken and have not ended yet, as far as the session knows. */
  readonly held: HeldJob[];
  readonly pass: (ms: number) => void;
}

export type Operation = (session: Session) => Promise<unknown>;

const startMs = 1_790_000_000_000;
const ignored = /^(?:HELLO|CLIENT|INFO|SELECT|QUIT|AUTH)$/;

/** Draws operations, and returns what they sent and the model afterwards. */
export async function recordSession(
  bull: Bull,
  seed: number,
  count: number,
  operations: Readonly<Record<string, readonly [weight: number, operation: Operation]>>,
): Promise<{ steps: Step[]; model: RedisModel }> {
  let nowMs = startMs;
  mock.timers.enable({ apis: ["Date"], now: nowMs });
  const steps: Step[] = [];
  const observe = ({ name, argv }: Request, reply: Reply) => {
    if (!ignored.test(name)) steps.push({ kind: "command", argv, reply });
  };
  const model = new RedisModel({ now: () => nowMs, setTimer: () => () => undefined, observe });
  const pass = (ms: number) => {
    const expiries = expiriesOf(model.keys());
    nowMs += ms;
    mock.timers.setTime(nowMs);
    steps.push({ kind: "passed", ms, expiries });
  };
  const session = openSession(bull, new Draws(seed), model, pass);
  const weights = Object.fromEntries(Object.entries(operations).map(([name, [weight]]) => [name, weight]));
  try {
    for (let done = 0; done < count; done++) {
      const operation = operations[session.draws.pick(weights)]?.[1];
      // Many operations fail, for example because a job is gone. Their replies are compared nevertheless.
      await operation?.(session).catch(() => undefined);
    }
  } finally {
    await Promise.all([...session.queues, ...session.workers, session.flows].map((one) => one.close()));
    session.client.disconnect();
    mock.timers.reset();
  }
  return { steps, model };
}

function expiriesOf(keys: Keyspace): Expiry[] {
  return keys.keys().flatMap((key) => {
    const expiresAtMs = keys.find(key)?.expiresAtMs;
    return expiresAtMs === undefined ? [] : [{ key, leftMs: expiresAtMs - keys.nowMs }];
  });
}

function openSession(bull: Bull, draws: Draws, model: RedisModel, pass: (ms: number) => void): Session {
  const connection = {
    Connector: streamConnector(() => model),
    maxRetriesPerRequest: null,
  } as BullMQ.ConnectionOptions;
  const names = ["first", "second"];
  const metrics = { maxDataPoints: 5 };
  const queues = names.map((name) => new bull.Queue(name, { connection, streams: { events: { maxLen: 1_000 } } }));
  const options = {
    connection,
    autorun: false,
    lockDuration: 30_000,
    maxStalledCount: 1,
    metrics,
    name: "worker:slot1:0a0b0c0d-1a2b3c4d",
  };
  const workers = names.map((name) => new bull.Worker(name, null, options));
  const flows = new bull.FlowProducer({ connection });
  for (const queue of queues) queue.on("error", () => undefined);
  for (const worker of workers) worker.on("error", () => undefined);
  flows.on("error", () => undefined);
  const client = new Redis({ ...(connection as object), replyMapping: "legacy" });
  return { bull, draws, client, queues, workers, flows, held: [], pass };
}
