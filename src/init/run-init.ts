import os from "node:os";
import type { Logger } from "pino";
import { type ControlSocketHandlers, openControlSocket } from "../admin/control-socket.ts";
import { descriptorShares } from "../admin/descriptor-shares.ts";
import { DrainWaiters } from "../admin/drain-waiters.ts";
import type { HttpServer } from "../admin/http-server.ts";
import { announceInstance } from "../admin/instance-socket.ts";
import { controlSocketName } from "../admin/socket-name.ts";
import { type Board, createBoard } from "../board/board-memory.ts";
import { readText } from "../cgroup/folders.ts";
import { isOomGroup, oomCounter } from "../cgroup/oom-kills.ts";
import { OomWatcher } from "../cgroup/oom-watcher.ts";
import { PidsWatcher } from "../cgroup/pids-watcher.ts";
import { monotonicClock } from "../clock/monotonic.ts";
import type { Settings } from "../config/settings.ts";
import { type ExitName, exitCodes } from "../exit/exit-codes.ts";
import { ThrottledWarnings } from "../log/throttled-warnings.ts";
import { newInstanceId } from "../protocol/instance-id.ts";
import { Reaper } from "../reaping/reaper.ts";
import type { SignalQueue } from "../signals/signal-queue.ts";
import { Effects } from "./effects.ts";
import { Inbound } from "./inbound.ts";
import { Loop } from "./loop.ts";
import { channelClosed } from "./processes/channel-closed.ts";
import { ChildChannels } from "./processes/child-channels.ts";
import { Children } from "./processes/children.ts";
import { explainDeath } from "./processes/explain-death.ts";
import { KeeperGuard } from "./processes/keeper-guard.ts";
import { LimitsWatch } from "./processes/limits-watch.ts";
import type { OwnFiles } from "./processes/own-files.ts";
import { Spawner } from "./processes/spawner.ts";
import { ActionLog } from "./report/action-log.ts";
import { Answers } from "./report/answers.ts";
import { EventLog } from "./report/event-log.ts";
import { Faults } from "./report/faults.ts";
import { Requests } from "./report/requests.ts";
import { StopWaiters } from "./report/stop-waiters.ts";
import { accountFields } from "./report/wording.ts";
import type { Event } from "./state/event.ts";
import { findWorker } from "./state/find.ts";
import { fixedLimits, type Limits } from "./state/limits.ts";
import { newWorld } from "./state/new-world.ts";
import { isUserOfWorkers, mayHaveKeeper } from "./state/world.ts";

export interface InitDependencies {
  readonly settings: Settings;
  readonly signals: SignalQueue;
  readonly log: Logger;
  readonly ownFiles: OwnFiles;
  /** See SpawnerDependencies. */
  readonly startFolder: string;
  readonly version: string;
  /** The server of FORKER_HTTP. It has listened since before the change of user. */
  readonly http: HttpServer | undefined;
  /** See AnswersDependencies. */
  readonly hasThreads: boolean;
}

/** Supervises until init has been ordered to exit and all its processes have ended. Resolves with the exit code. */
export async function runInit(dependencies: InitDependencies): Promise<number> {
  const { settings, signals, log, ownFiles, startFolder, version, http, hasThreads } = dependencies;
  const clock = monotonicClock;
  const world = newWorld();
  const limits: Limits = { ...fixedLimits, ...settings };
  const board = makeBoard(log);
  const socketName = controlSocketName(process.pid);
  const instanceId = newInstanceId(os.hostname());
  const shown = await announceInstance(instanceId).catch((cause: unknown) => {
    log.warn({ cause: (cause as Error).message }, "failed to announce instance; other instances cannot see it");
  });
  const { promise: exited, resolve: exit } = Promise.withResolvers<ExitName>();

  const oomWatcher = watchOomKills(log);
  const pidsWatcher = new PidsWatcher(readText);
  const children = new Children(
    (event) => push(event),
    () => (mayHaveKeeper(world) ? instanceId : undefined),
  );
  const channels = new ChildChannels({
    children,
    push,
    welcome: (worker) => ({ kind: "welcome", suspended: findWorker(world, worker).toldSuspended }),
    channelFailed: (name, known, cause) => channelClosed(name, known, cause, { log, push }),
  });
  const spawner = new Spawner({
    ownFiles,
    startFolder,
    version,
    socketName,
    settings,
    instanceId,
    board,
    children,
    failed: (what, cause) => {
      const why = pidsWatcher.explain(cause.message, clock.now());
      log.error({ cause: why }, `failed to spawn ${what}`);
      return why;
    },
  });
  const faults = new Faults(log);
  const warnings = new ThrottledWarnings(log);
  const waiters = new DrainWaiters((count) => push({ kind: "waiters", count }));
  const stopWaiters = new StopWaiters();
  const inbound = new Inbound({
    world,
    children,
    board,
    reaper: new Reaper((pid) => spawner.owns(pid)),
    signals,
    limits: new LimitsWatch(oomWatcher, pidsWatcher, log),
    log,
    warnings,
    faults,
    clock,
    push,
  });
  const effects = new Effects({
    world,
    children,
    spawner,
    board,
    settings,
    keeperGuard: new KeeperGuard(world, children),
    eventLog: new EventLog(world, log, warnings, settings.engine),
    actionLog: new ActionLog(world, log),
    faults,
    stopWaiters,
    waiters,
    log,
    clock,
    exit,
    push,
  });
  const loop = new Loop(world, limits, clock, inbound, effects);
  function push(event: Event) {
    loop.push(explained(event));
  }
  /** Passes the event on unexplained if the explanation fails. */
  function explained(event: Event): Event {
    try {
      return explainDeath(event, world, { memory: oomWatcher, pidsWatcher }, clock.now());
    } catch (cause) {
      faults.report(cause);
      return event;
    }
  }
  const answers = new Answers({ world, limits, clock, version, hasThreads, turnedAt: () => loop.turnedAt });
  const requests = new Requests({
    world,
    children,
    signals,
    answers,
    stopWaiters,
    waiters,
    stopTimeoutMs: settings.stopTimeoutMs,
    clock,
    log,
    push,
    lookNow: () => inbound.lookNow(),
  });
  const control: ControlSocketHandlers = {
    hello: (token, peer, socket, head) => channels.hello(token, peer, socket, head),
    ask: (question, peer) => requests.ask(question, peer),
    awaitDrain: (socket, peer) => requests.awaitDrain(socket, peer),
    refused: (peer, why) =>
      warnings.warn({ peerPid: peer?.pid, peerUid: peer?.uid, reason: why }, "refused control socket peer", why),
  };
  const server = await openControlSocket(socketName, control, {
    shares: descriptorShares(),
    isOurs: (uid) => isUserOfWorkers(world, uid),
  });
  http?.answerWith(answers.responder);
  signals.onWake(() => loop.wake());
  loop.wake();

  const name = await exited;
  loop.end();
  server.close();
  shown?.close();
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
