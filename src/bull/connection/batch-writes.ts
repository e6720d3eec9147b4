import type { Cluster, Redis } from "ioredis";

/** More commands are written in parts, so that Redis runs some of them while the next ones are composed. */
const mostHeld = 3;

/**
 * ioredis writes each command with a system call of its own. This makes a client write some commands of one turn of the event loop
 * together: jobs that end in the same turn then cost fewer system calls, and wake Redis less often.
 */
export function batchWrites(client: Redis | Cluster): void {
  if ("nodes" in client) client.on("+node", (node: Redis) => batchWrites(node));
  // Each connection has a stream of its own.
  else client.on("connect", () => batch(client));
}

/** Writes what this client is about to send together with what it sends later in the same turn. */
export function holdWrites(client: Redis | Cluster): void {
  if ("stream" in client && client.status === "ready") hold(client.stream);
}

/** What ioredis keeps of the commands that Redis has not answered. */
interface CommandQueue {
  readonly commandQueue?: { readonly length: number };
}

function batch(client: Redis): void {
  const { stream } = client;
  const write = stream.write.bind(stream) as (...call: unknown[]) => boolean;
  /** How many more commands are held. 0: others may hold them: see holdWrites(). */
  let mayFollow = 0;
  const batched = (...call: unknown[]) => {
    // With no other command in progress, there is rarely a second one in this turn, and holding one costs time.
    const isAlone = (client as CommandQueue).commandQueue?.length === 0;
    if (!isAlone && stream.writableCorked === 0) {
      mayFollow = mostHeld;
      hold(stream, () => {
        mayFollow = 0;
      });
    }
    const isTaken = write(...call);
    if (mayFollow > 0 && --mayFollow === 0) stream.uncork();
    return isTaken;
  };
  stream.write = batched;
}

function hold(stream: Redis["stream"], ended?: () => void): void {
  stream.cork();
  // Runs when no microtask is left. If the stream ends before that, it writes everything first.
  process.nextTick(() => {
    ended?.();
    stream.uncork();
  });
}
