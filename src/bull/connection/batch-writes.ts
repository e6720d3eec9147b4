import type { Cluster, Redis } from "ioredis";

/** Two commands keep Redis busy until the next two are composed. */
const busyWith = 2;

/**
 * ioredis writes each command with a system call of its own. While Redis has enough to do, this makes a client write two commands
 * together: they cost one system call, and Redis serves more of them in one turn of its own.
 */
export function batchWrites(client: Redis | Cluster): void {
  if ("nodes" in client) client.on("+node", (node: Redis) => batchWrites(node));
  // Each connection has a stream of its own.
  else client.on("connect", () => pairWrites(client));
}

/** Writes what this client is about to send together with what it sends later in the same turn. */
export function holdWrites(client: Redis | Cluster): void {
  if (!("stream" in client) || client.status !== "ready") return;
  const { stream } = client;
  stream.cork();
  // Runs when no microtask is left. If the stream ends before that, it writes everything first.
  process.nextTick(() => stream.uncork());
}

/** What ioredis keeps of the commands that Redis has not answered. */
interface CommandQueue {
  readonly commandQueue?: { readonly length: number };
}

function pairWrites(client: Redis): void {
  const { stream } = client;
  const write = stream.write.bind(stream) as (...call: unknown[]) => boolean;
  let isHeld = false;
  let isScheduled = false;
  const release = () => {
    isHeld = false;
    stream.uncork();
  };
  /** Runs after the last of the replies that arrived together has had its effect: see settle-in-turn.ts. */
  const endTurn = () => {
    isScheduled = false;
    if (isHeld) release();
  };
  const hold = () => {
    isHeld = true;
    stream.cork();
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(endTurn);
  };
  const paired = (...call: unknown[]) => {
    const isSecond = isHeld;
    const isBusy = ((client as CommandQueue).commandQueue?.length ?? 0) >= busyWith;
    // Otherwise others hold the writes: see holdWrites().
    if (!isSecond && isBusy && stream.writableCorked === 0) hold();
    const isTaken = write(...call);
    if (isSecond) release();
    return isTaken;
  };
  stream.write = paired;
}
