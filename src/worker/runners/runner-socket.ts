import { randomBytes } from "node:crypto";
import net from "node:net";
import type * as v from "valibot";
import { native } from "../../native/binding.ts";
import { Channel } from "../../protocol/channel.ts";
import type { RunnerHost } from "../../protocol/runner-host.ts";
import {
  fromRunner,
  type RunnerMessage,
  runnerChannelLimits,
  type WorkerToRunner,
} from "../../protocol/runner-messages.ts";

export type RunnerChannel = Pick<Channel<v.InferOutput<typeof fromRunner>, WorkerToRunner>, "send" | "end">;

/** What happens to a runner that has introduced itself. */
export interface RunnerHandlers {
  message(message: RunnerMessage): void;
  closed(cause: Error | undefined): void;
}

export interface RunnerSocketParts {
  /** Called with each runner. undefined: it is not needed. */
  readonly primed: (runner: number, pid: number, channel: RunnerChannel) => RunnerHandlers | undefined;
  readonly failed: (cause: Error) => void;
}

/** How long a process that has connected may take to introduce itself. */
const helloTimeoutMs = 10_000;

/** The socket of a worker, to which its runners connect. It is in the abstract namespace: it vanishes with the worker. */
export class RunnerSocket {
  readonly host: RunnerHost = {
    socketName: `forker-runners-${randomBytes(16).toString("hex")}`,
    secret: randomBytes(16).toString("hex"),
  };
  readonly #parts: RunnerSocketParts;
  readonly #server: net.Server;

  constructor(parts: RunnerSocketParts) {
    this.#parts = parts;
    this.#server = net.createServer((socket) => this.#greet(socket));
    // It does not keep a worker alive whose work is over.
    this.#server.unref();
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen({ path: `\0${this.host.socketName}` }, resolve);
    });
    this.#server.removeAllListeners("error");
    this.#server.on("error", this.#parts.failed);
  }

  close(): void {
    this.#server.close();
  }

  #greet(socket: net.Socket): void {
    if (!isOfOwnUser(socket)) return void socket.destroy();
    let handlers: RunnerHandlers | undefined;
    const timer = setTimeout(() => socket.destroy(), helloTimeoutMs);
    const channel = new Channel<v.InferOutput<typeof fromRunner>, WorkerToRunner>(
      socket,
      {
        message: (message) => {
          if (message.kind !== "hello") return handlers?.message(message);
          clearTimeout(timer);
          if (handlers !== undefined || message.secret !== this.host.secret) return channel.end();
          handlers = this.#parts.primed(message.runner, message.pid, channel);
          if (handlers === undefined) channel.end();
        },
        closed: (cause) => {
          clearTimeout(timer);
          handlers?.closed(cause);
        },
      },
      fromRunner,
      "",
      undefined,
      runnerChannelLimits,
    );
  }
}

/** Another user's process that learns the name of the socket still lacks the secret. */
function isOfOwnUser(socket: net.Socket): boolean {
  const { fd } = (socket as unknown as { _handle?: { fd?: number } })._handle ?? {};
  try {
    return fd !== undefined && native().peerCredentials(fd).uid === process.geteuid?.();
  } catch {
    return false;
  }
}
