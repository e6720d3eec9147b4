import type net from "node:net";
import os from "node:os";
import type { Logger } from "pino";
import { openControlSocket, type Peer } from "../admin/control-socket.ts";
import { controlSocketName } from "../admin/socket-name.ts";
import type { Settings } from "../config/settings.ts";
import { type ExitName, exitCodes } from "../exit/exit-codes.ts";
import type { Ask } from "../protocol/messages.ts";
import { Reaper } from "../reaping/reaper.ts";
import type { SignalQueue } from "../signals/signal-queue.ts";
import { Children } from "./children.ts";
import { monotonicClock } from "./clock.ts";
import { Deputy } from "./deputy.ts";
import { fixedLimits, type Limits } from "./limits.ts";
import { Loop } from "./loop.ts";
import { Narrator } from "./narrate.ts";
import { accountText } from "./report.ts";
import { Spawner } from "./spawner.ts";
import { statusOf } from "./status.ts";
import { newWorld } from "./world.ts";

export interface InitDependencies {
  readonly settings: Settings;
  readonly signals: SignalQueue;
  readonly log: Logger;
  /** Our own bundle, which every child is started from. */
  readonly entryFile: string;
}

/** PID 1's whole life: supervise until told to leave and everybody has left. Resolves with the exit code. */
export async function runInit({ settings, signals, log, entryFile }: InitDependencies): Promise<number> {
  const clock = monotonicClock;
  const startedAt = clock.now();
  const world = newWorld();
  const limits: Limits = { ...fixedLimits, ...settings };
  const socketName = controlSocketName(process.pid);
  const { promise: exited, resolve: exit } = Promise.withResolvers<ExitName>();

  const children = new Children(
    (event) => loop.push(event),
    (said) => deputy.templateSaid(said),
  );
  const spawner = new Spawner({
    entryFile,
    socketName,
    settings,
    children,
    failed: (what, cause) => log.error({ cause: cause.message }, `could not start a ${what}`),
  });
  const reaper = new Reaper((pid) => spawner.owns(pid));
  const narrator = new Narrator(world, log);
  const deputy = new Deputy({ world, children, spawner, reaper, signals, settings, log, clock, narrator, exit, push });
  const loop = new Loop(world, limits, clock, deputy);
  function push(event: Parameters<Loop["push"]>[0]) {
    loop.push(event);
  }

  const server = await openControlSocket(socketName, {
    hello: (token, peer, socket: net.Socket, head) =>
      children.hello(token, peer, socket, head, (worker) => deputy.welcome(worker)),
    ask: async (question: Ask, peer: Peer) => {
      if (question.name === "status") return await statusOf(world, startedAt, clock.now());
      return deputy.deliverSignal(question.signal, question.slot, peer);
    },
    refused: (peer, why) =>
      log.warn({ peerPid: peer?.pid, peerUid: peer?.uid }, `control socket: refused a peer: ${why}`),
  });
  signals.onWake(() => loop.wake());
  loop.wake();

  const name = await exited;
  loop.end();
  server.close();
  const { code } = exitCodes[name];
  log[code === 0 ? "info" : "error"]({ exitCode: code }, `${accountText(world.account)}; leaving`);
  return code;
}

/** What most support questions ask for first. */
export function bootFacts(settings: Settings): Record<string, unknown> {
  return {
    node: process.version,
    kernel: os.release(),
    uid: process.geteuid?.(),
    pidOne: process.pid === 1,
    engine: settings.engine,
    app: settings.appPath,
    drainTimeoutMs: settings.drainTimeoutMs,
  };
}
