import { randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { pino } from "pino";
import type * as v from "valibot";
import type { Application } from "../app/application.ts";
import { fenceHooks } from "../app/hooks.ts";
import { rehearsalServer } from "../bull/rehearsal/rehearsal-server.ts";
import { withTimeout } from "../clock/abort-deadline.ts";
import { Channel } from "../protocol/channel.ts";
import type { RunnerLaunchConfig, TemplateLaunchConfig } from "../protocol/launch-config.ts";
import {
  fromRunner,
  type RunnerMessage,
  runnerChannelLimits,
  type WorkerToRunner,
} from "../protocol/runner-messages.ts";
import { JobPerformer } from "./job-performer.ts";
import { dialWorker } from "./worker-link.ts";

type End = Extract<RunnerMessage, { kind: "ended" }>;

/** Far more than it needs, even on a machine that is busy. */
const timeoutMs = 5_000;
/** Enough for V8 to allocate what it notes about each function that is called, which a runner would otherwise do. */
const times = 10;
const queue = "rehearsal";
const job = { id: "1", name: "rehearsal", data: {}, opts: {}, timestamp: 0, attemptsMade: 0, attemptsStarted: 1 };

/**
 * Does in the template what each runner does for its job: reaches its worker, recreates the job, and reports its end. V8 compiles the
 * code that this needs once, before the fork, and the runners share it. None of the application's code runs. Nothing is left of it,
 * whether it succeeds or not. Resolves with the number of jobs whose end has been reported.
 */
export async function rehearseRunner(application: Application, launch: TemplateLaunchConfig): Promise<number> {
  let ended = 0;
  for (let time = 0; time < times; time++) await rehearseOnce(application, launch, () => ended++);
  return ended;
}

async function rehearseOnce(
  { path, config }: Application,
  { generation, settings, initPid, version }: TemplateLaunchConfig,
  ended: () => void,
): Promise<void> {
  // pino's own destination adds listeners to the process.
  const log = pino({ level: "silent" }, { write() {} });
  const redis = rehearsalServer();
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const worker = new RehearsalWorker(({ failure }) => {
    if (failure === undefined) ended();
    end();
  });
  const nobody = { processors: {} };
  const rehearsed = {
    path,
    config: { ...config, redis: { connection: redis.options, prefix: queue } },
    processorFor: () => () => Promise.resolve(),
    optionsFor: () => ({}),
    hooks: fenceHooks(nobody, settings.hookTimeoutMs, log),
  } as unknown as Application;
  const host = { socketName: `forker-rehearsal-${randomBytes(16).toString("hex")}`, secret: "" };
  const options = { slot: 0, spec: { queues: [queue] }, stalledAfterMs: Number.POSITIVE_INFINITY };
  const own: RunnerLaunchConfig = { role: "runner", generation, settings, initPid, version, runner: 0, host, options };
  let performer: JobPerformer | undefined;
  try {
    await worker.open(host.socketName);
    performer = await JobPerformer.prepare(settings, rehearsed, log);
    const link = await dialWorker(own, {
      message: (message) => void (message.kind === "run" && performer?.run(message)),
      closed: end,
    });
    if (link !== undefined) performer.connectTo(link);
    await withTimeout(timeoutMs, over);
  } finally {
    await worker.close();
    await performer?.close();
    redis.close();
  }
}

/** A worker that exists only in this process, and has one job for each runner. */
class RehearsalWorker {
  readonly #server = net.createServer((socket) => this.#greet(socket));
  readonly #sockets: net.Socket[] = [];
  readonly #ended: (end: End) => void;

  constructor(ended: (end: End) => void) {
    this.#ended = ended;
  }

  async open(socketName: string): Promise<void> {
    this.#server.listen({ path: `\0${socketName}` });
    await once(this.#server, "listening");
  }

  /** Resolves when both ends of each connection are closed. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #greet(socket: net.Socket): void {
    this.#sockets.push(socket);
    const order: WorkerToRunner = { kind: "run", queue, token: queue, job };
    const channel = new Channel<v.InferOutput<typeof fromRunner>, WorkerToRunner>(
      socket,
      {
        message: (message) => {
          if (message.kind === "hello") channel.send(order);
          else if (message.kind === "ended") this.#ended(message);
        },
        closed() {},
      },
      fromRunner,
      "",
      undefined,
      runnerChannelLimits,
    );
  }
}
