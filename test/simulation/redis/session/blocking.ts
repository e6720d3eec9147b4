import { move } from "../commands/lists.ts";
import { popScored } from "../commands/sorted-sets.ts";
import { readStreams, type StreamPosition, streamPositions } from "../commands/stream-read.ts";
import type { Keyspace } from "../data/keyspace.ts";
import { readFloat } from "../data/number-text.ts";
import { DoubleReply, type Reply, ReplyError } from "../reply.ts";
import type { Session, SessionTable } from "./table.ts";

export const blockingCommands: SessionTable = {
  BZPOPMIN: [-3, "write", (session, args) => takeFirst(session, args, popOne(false))],
  BZPOPMAX: [-3, "write", (session, args) => takeFirst(session, args, popOne(true))],
  BLPOP: [-3, "write", (session, args) => takeFirst(session, args, popElement("shift"))],
  BRPOP: [-3, "write", (session, args) => takeFirst(session, args, popElement("pop"))],
  BRPOPLPUSH: [4, "write", moveElement],
  XREAD: [-4, "read", readOrWait],
};

type Take = (keys: Keyspace, key: string) => Reply | undefined;

function popOne(isMaximum: boolean): Take {
  return (keys, key) => {
    const [popped] = popScored(keys, key, 1, isMaximum);
    return popped === undefined ? undefined : [key, popped.member, new DoubleReply(popped.score)];
  };
}

function popElement(end: "shift" | "pop"): Take {
  return (keys, key) => {
    const value = keys.change(key, "list")?.[end]();
    keys.settle(key);
    return value === undefined ? undefined : [key, value];
  };
}

function takeFirst(session: Session, args: readonly string[], take: Take): Reply | undefined {
  const timeoutMs = timeoutOf(args.at(-1) ?? "");
  return takeOrWait(session, args.slice(0, -1), take, timeoutMs);
}

function moveElement(session: Session, [from = "", to = "", timeout = ""]: readonly string[]): Reply | undefined {
  const take: Take = (keys, key) => move(keys, key, to, "right", "left") ?? undefined;
  return takeOrWait(session, [from], take, timeoutOf(timeout));
}

function takeOrWait(session: Session, names: readonly string[], take: Take, timeoutMs: number): Reply | undefined {
  const { connection, model, answer } = session;
  const keys = model.keys(connection.database);
  for (const key of names) {
    const reply = take(keys, key);
    if (reply !== undefined) return reply;
  }
  const takeIfRight: Take = (current, key) => {
    try {
      return take(current, key);
    } catch (error) {
      // A key of another type does not end the wait.
      if (error instanceof ReplyError) return undefined;
      throw error;
    }
  };
  model.blocked.add({ connection, database: connection.database, keys: names, take: takeIfRight, answer, timeoutMs });
  return undefined;
}

function timeoutOf(text: string): number {
  const seconds = readFloat(text);
  if (seconds === undefined || !Number.isFinite(seconds))
    throw new ReplyError("ERR timeout is not a float or out of range");
  if (seconds < 0) throw new ReplyError("ERR timeout is negative");
  return Math.ceil(seconds * 1_000);
}

function readOrWait(session: Session, args: readonly string[]): Reply | undefined {
  const { connection, model, answer } = session;
  const keys = model.keys(connection.database);
  const { positions, count, blockMs } = streamPositions(keys, args);
  const reply = readStreams(keys, positions, count);
  if (reply !== null || blockMs === undefined) return reply;
  const take: Take = (current, key) =>
    readStreams(
      current,
      positions.filter((one) => one.key === key),
      count,
    ) ?? undefined;
  const names = positions.map(({ key }: StreamPosition) => key);
  model.blocked.add({ connection, database: connection.database, keys: names, take, answer, timeoutMs: blockMs });
  return undefined;
}
