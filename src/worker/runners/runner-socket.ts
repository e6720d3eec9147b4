import { randomBytes } from "node:crypto";
import type net from "node:net";
import type * as v from "valibot";
import { Channel } from "../../protocol/channel.ts";
import type { RunnerHost } from "../../protocol/runner-host.ts";
import {
  fromRunner,
  type RunnerMessage,
  runnerChannelLimits,
  type WorkerToRunner,
} from "../../protocol/runner-messages.ts";
import type { ListenForRunners, RunnerListener } from "./runner-listener.ts";

export type RunnerChannel = Pick<Channel<v.InferOutput<typeof fromRunner>, WorkerToRunner>, "send" | "end">;

/** What happens to a runner that has introduced itself. */
export interface RunnerHandlers {
  message(message: RunnerMessage): void;
  closed(cause: Error | undefined): void;
}

export interface RunnerSocketParts {
  readonly listen: ListenForRunners;
  /** Called with each runner. undefined: it is not needed. */
  readonly primed: (runner: number, pid: number, channel: RunnerChannel) => RunnerHandlers | undefined;
  readonly failed: (cause: Error) => void;
}

/** How long a process that has connected may take to introduce itself. */
const helloTimeoutMs = 10_000;

/** The socket of a worker, to which its runners connect. */
export class RunnerSocket {
  readonly host: RunnerHost = {
    socketName: `forker-runners-${randomBytes(16).toString("hex")}`,
    secret: randomBytes(16).toString("hex"),
  };
  readonly #parts: RunnerSocketParts;
  readonly #listener: RunnerListener;

  constructor(parts: RunnerSocketParts) {
    this.#parts = parts;
    this.#listener = parts.listen((socket) => this.#greet(socket), parts.failed);
  }

  async open(): Promise<void> {
    await this.#listener.open(this.host.socketName);
  }

  close(): void {
    this.#listener.close();
  }

  #greet(socket: net.Socket): void {
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
