import os from "node:os";
import { isatty } from "node:tty";
import type { Logger } from "pino";
import { type ControlSocketHandlers, openControlSocket } from "../admin/control-socket.ts";
import { descriptorShares } from "../admin/descriptor-shares.ts";
import type { HttpServer } from "../admin/http-server.ts";
import { announceInstance } from "../admin/instance-socket.ts";
import { controlSocketName } from "../admin/socket-name.ts";
import { type Board, createBoard } from "../board/board-memory.ts";
import { readText } from "../cgroup/folders.ts";
import { isOomGroup, oomCounter } from "../cgroup/oom-kills.ts";
import { OomWatcher } from "../cgroup/oom-watcher.ts";
import type { PidsWatcher } from "../cgroup/pids-watcher.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import type { Settings } from "../config/settings.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { newInstanceId } from "../protocol/instance-id.ts";
import { Reaper } from "../reaping/reaper.ts";
import type { SignalQueue } from "../signals/signal-queue.ts";
import type { EarlyProcess } from "./processes/early-process.ts";
import { notifySocketOf } from "./processes/notify-socket.ts";
import type { OwnFiles } from "./processes/own-files.ts";
import { kernelsProcessTable } from "./processes/process-table.ts";
import { processStarter } from "./processes/start-process.ts";
import { accountFields } from "./report/wording.ts";
import { isUserOfWorkers } from "./state/world.ts";
import { assembleSupervisor } from "./supervisor.ts";

export interface InitDependencies {
  readonly settings: Settings;
  readonly signals: SignalQueue;
  readonly log: Logger;
  readonly ownFiles: OwnFiles;
  /** See StartProcessDependencies. */
  readonly startFolder: string;
  readonly version: string;
  /** The server of FORKER_HTTP. It has listened since before the change of user. */
  readonly http: HttpServer | undefined;
  /** See AnswersDependencies. */
  readonly hasThreads: boolean;
  /** undefined: nothing was started early. */
  readonly early: EarlyProcess | undefined;
  readonly pidsWatcher: PidsWatcher;
}

/** Supervises until init has been ordered to exit and all its processes have ended. Resolves with the exit code. */
export async function runInit(dependencies: InitDependencies): Promise<number> {
  const { signals, log, http, early } = dependencies;
  const board = early?.board ?? makeBoard(log);
  const socketName = controlSocketName(process.pid);
  const instanceId = newInstanceId(os.hostname());
  const shown = await announceInstance(instanceId).catch((cause: unknown) => {
    log.warn({ cause: (cause as Error).message }, "failed to announce instance; other instances cannot see it");
  });
  const { world, loop, channels, requests, responder, page, warnings, exited } = assembleSupervisor({
    ...dependencies,
    isInteractive: () => isatty(0),
    clock: monotonicClock,
    board,
    socketName,
    instanceId,
    start: processStarter({ ...dependencies, board }),
    table: kernelsProcessTable,
    reaper: (ownedByLibuv, ...others) => new Reaper((pid) => early?.owns(pid) === true || ownedByLibuv(pid), ...others),
    oomWatcher: watchOomKills(log),
    notifySocket: notifySocketOf(process.env, log),
  });
  const control: ControlSocketHandlers = {
    hello: (token, peer, socket, head) => channels.hello(token, peer, socket, head),
    ask: (question, peer) => requests.ask(question, peer),
    awaitDrain: (socket, peer) => requests.awaitDrain(socket, peer),
    awaitLeaving: (socket, peer) => requests.awaitLeaving(socket, peer),
    refused: (peer, why) =>
      warnings.warn({ peerPid: peer?.pid, peerUid: peer?.uid, reason: why }, "refused control socket peer", why),
  };
  const server = await openControlSocket(socketName, control, {
    shares: descriptorShares(),
    isOurs: (uid) => isUserOfWorkers(world, uid),
  });
  http?.answerWith(responder);
  signals.onWake(() => loop.wake());
  loop.wake();

  const name = await exited;
  loop.end();
  server.close();
  shown?.close();
  page?.close();
  http?.close();
  const { code } = exitCodes[name];
  log[code === 0 ? "info" : "error"]({ exitCode: code, ...accountFields(world.account) }, "init exits");
  return code;
}

/** Without a board, workers report by message what their rows would show. */
function makeBoard(log: Logger): Board | undefined {
  try {
    return createBoard();
  } catch (cause) {
    log.warn(
      { cause: (cause as Error).message },
      "failed to create board; init cannot see which jobs blocked workers hold",
    );
    return undefined;
  }
}

/** undefined: this kernel or container exposes no counter of OOM kills. */
function watchOomKills(log: Logger): OomWatcher | undefined {
  if (isOomGroup(readText)) log.warn(oomGroupAdvice);
  const counter = oomCounter(readText);
  return counter === undefined ? undefined : new OomWatcher(counter);
}

const oomGroupAdvice =
  "memory.oom.group is 1: if one worker runs out of memory, the kernel kills the whole container, including PID 1, and its jobs wait for the next container; set the kubelet's singleProcessOOMKill";
