import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { type ConnectionOptions, Queue, type QueueOptions } from "bullmq";
import type { Settings } from "../../src/config/settings.ts";
import { packageVersion } from "../../src/entry/package-version.ts";
import { Channel } from "../../src/protocol/channel.ts";
import type { WorkerLaunchConfig } from "../../src/protocol/launch-config.ts";
import type { InitToWorker, WorkerMessage } from "../../src/protocol/messages.ts";
import { eventually, within } from "./deadline.ts";
import { settingsByDefault } from "./settings.ts";
import { startOptions } from "./start-options.ts";

const host = path.join(import.meta.dirname, "worker-host.ts");
const app = path.join(import.meta.dirname, "../fixtures/apps/queue-worker.mjs");

/** As a spawned worker uses it: where enableCompileCache() writes by default. */
const compileCache = { NODE_COMPILE_CACHE: path.join(tmpdir(), "node-compile-cache") };

/** An environment in which a worker finds a job only if something wakes it, so that a test need not measure how soon. */
export const withoutMaintenance = { TEST_WITHOUT_MAINTENANCE: "1" };

const startTimeoutMs = 30_000;

export type StatusUpdate = Extract<WorkerMessage, { kind: "statusUpdate" }>;
export type ExitReport = Extract<WorkerMessage, { kind: "exitReport" }>;

export interface WorkerOptions {
  readonly redisUrl: string;
  readonly queues: readonly string[];
  readonly weights?: readonly number[];
  readonly concurrency?: number;
  readonly settings?: Partial<Settings>;
  /** If false, the worker is not told to take jobs when it has started, and stays a standby. */
  readonly takes?: boolean;
  readonly environment?: Record<string, string>;
  readonly slot?: number;
  /** A board's descriptor: the worker gets its first row. */
  readonly boardFd?: number;
}

/** A real worker process, with this test in init's place. */
export class TestWorker {
  readonly messages: WorkerMessage[] = [];
  /** What the processors reported: `start import:1`, `end import:1`. */
  readonly events: string[] = [];
  readonly lines: string[] = [];
  readonly process: ChildProcess;
  readonly exit: Promise<number | NodeJS.Signals>;
  channel: Channel<WorkerMessage, InitToWorker> | undefined;
  /** The prefix of the tokens of its locks. */
  readonly lockOwner: string;

  constructor(child: ChildProcess, lockOwner: string) {
    this.lockOwner = lockOwner;
    this.process = child;
    this.exit = new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? signal ?? -1)));
    let partial = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (partial + text).split("\n");
      partial = lines.pop() ?? "";
      for (const line of lines) this.#line(line);
    });
    child.stderr?.setEncoding("utf8").on("data", (text: string) => this.lines.push(text));
  }

  get pid(): number {
    return this.process.pid ?? -1;
  }

  get statusUpdate(): StatusUpdate | undefined {
    return this.messages.findLast((message) => message.kind === "statusUpdate");
  }

  get exitReport(): ExitReport | undefined {
    return this.messages.findLast((message) => message.kind === "exitReport");
  }

  get started(): string[] {
    return this.events.filter((event) => event.startsWith("start ")).map((event) => event.slice("start ".length));
  }

  send(message: InitToWorker): void {
    this.channel?.send(message);
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  async until(what: string, holds: (worker: this) => boolean, timeoutMs = 60_000): Promise<void> {
    try {
      await eventually(timeoutMs, what, () => holds(this));
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${this.lines.slice(-20).join("\n")}`, { cause: error });
    }
  }

  async untilMode(mode: StatusUpdate["mode"]): Promise<void> {
    await this.until(`mode ${mode}`, () => this.statusUpdate?.mode === mode);
  }

  async untilReady(): Promise<void> {
    await this.until("connected", () => this.statusUpdate?.connected === true);
  }

  async exitCode(timeoutMs = 60_000): Promise<number | NodeJS.Signals> {
    return await within(timeoutMs, () => `exit of ${this.pid}\n${this.lines.slice(-20).join("\n")}`, this.exit);
  }

  #line(line: string): void {
    this.lines.push(line);
    if (!line.startsWith('{"event":')) return;
    this.events.push((JSON.parse(line) as { event: string }).event);
  }
}

export const defaultSettings: Settings = {
  ...settingsByDefault(app),
  redisUrlGiven: true,
  engine: "spawn",
  reloadDrainTimeoutMs: 25_000,
  stopTimeoutMs: 500,
  bootTimeoutMs: 30_000,
  hookTimeoutMs: 5_000,
  stuckTimeoutMs: 0,
  forkCheck: "off",
  logLevel: "debug",
  logFormat: "json",
};

/** A queue as a producer opens it. */
export function openQueue(
  connection: ConnectionOptions & object,
  name: string,
  options: Omit<QueueOptions, "connection"> = {},
): Queue & AsyncDisposable {
  const queue = new Queue(name, {
    connection: "port" in connection ? { port: connection.port } : connection,
    ...options,
  });
  queue.on("error", () => {});
  return Object.assign(queue, { [Symbol.asyncDispose]: async () => await queue.close() });
}

/** Starts a worker as init does: sends it the welcome, and tells it to take jobs when it has started. */
export async function startWorker(options: WorkerOptions): Promise<TestWorker & AsyncDisposable> {
  const socketName = `forker-test/${randomUUID()}`;
  const server = net.createServer().listen({ path: `\0${socketName}` });
  await once(server, "listening");
  const launch: WorkerLaunchConfig = {
    role: "worker",
    socketName,
    token: randomUUID(),
    initPid: process.pid,
    version: packageVersion(),
    hasBoard: options.boardFd !== undefined,
    generation: 1,
    settings: {
      ...defaultSettings,
      workload: options.queues.join(","),
      redisUrl: options.redisUrl,
      ...options.settings,
    },
    options: startOptions({
      slot: options.slot ?? 0,
      spec: { queues: options.queues, weights: options.weights, concurrency: options.concurrency },
      ...(options.boardFd !== undefined && { row: 0 }),
    }),
    engine: "spawn",
  };
  const child = spawn(process.execPath, [host], {
    stdio: ["ignore", "pipe", "pipe", "ignore", options.boardFd ?? "ignore"],
    env: { ...process.env, ...compileCache, ...options.environment, TEST_LAUNCH: JSON.stringify(launch) },
  });
  const worker = new TestWorker(child, launch.token);
  server.once("connection", (socket) => {
    worker.channel = new Channel<WorkerMessage, InitToWorker>(socket, {
      message: (message) => {
        if ((message.kind as string) === "hello") return worker.send({ kind: "welcome", suspended: false });
        worker.messages.push(message);
        if (message.kind === "started" && options.takes !== false) worker.send({ kind: "take" });
      },
      closed: () => {},
    });
  });
  const disposable = Object.assign(worker, {
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await worker.exit;
      server.close();
    },
  });
  const hasStarted = () => worker.messages.some(({ kind }) => kind === "started" || kind === "startFailed");
  await worker.until("started", hasStarted, startTimeoutMs).catch(async (error: unknown) => {
    await disposable[Symbol.asyncDispose]();
    throw error;
  });
  return disposable;
}
