import { closeSync } from "node:fs";
import * as nodeModule from "node:module";
import type { Logger } from "pino";
import { loadApplication } from "../app/load.ts";
import { watchUnexpectedEnd } from "../app/unexpected-end.ts";
import { boardFd, openBoard } from "../board/board-memory.ts";
import { RowWriter } from "../board/row-writer.ts";
import { describeCopies } from "../bull/library/copies.ts";
import { bullAt, isBullAwaited, loadBull, placeOf } from "../bull/library/load-bull.ts";
import { expectEnds } from "../engine/connections/ends-noticed.ts";
import { forgiveEnds } from "../engine/connections/forgive-ends.ts";
import { trackExit } from "../engine/fork/brief-exit.ts";
import { beginDenseHeap } from "../engine/fork/dense-heap.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { keepYoungGenerationSmall } from "../heap/young-generation.ts";
import { runKeeper } from "../keeper/run-keeper.ts";
import { addonProblem } from "../native/binding.ts";
import { dieWithParent } from "../native/die-with-parent.ts";
import { raiseOomScore } from "../native/oom-score.ts";
import { tieLifeToInit } from "../native/tie-life.ts";
import { changeUser } from "../privileges/change-user.ts";
import { refuseRoot } from "../privileges/decide-privileges.ts";
import type {
  KeeperLaunchConfig,
  LaunchConfig,
  TemplateLaunchConfig,
  WorkerLaunchConfig,
} from "../protocol/launch-config.ts";
import { receiveLaunchConfig } from "../protocol/launch-pipe.ts";
import type { SignalQueue } from "../signals/signal-queue.ts";
import { isolationNeedsFork } from "../template/choose-engine.ts";
import { runTemplate, type TemplateDependencies } from "../template/run-template.ts";
import { dialEarly } from "../worker/orders/init-link.ts";
import { rehearseWorker } from "../worker/rehearse-worker.ts";
import { ownProcess, runWorker } from "../worker/run-worker.ts";
import { compileWorkerCalls } from "./first-calls.ts";
import { leaveDescriptors } from "./own-descriptors.ts";
import { packageVersion } from "./package-version.ts";
import { RunnerStart } from "./runner-start.ts";
import { say } from "./say.ts";
import { loggerOf, startFailed } from "./start-failed.ts";

/** Runs this process as a template, as the keeper, or as a spawned worker. */
export async function enterChild(signals: SignalQueue): Promise<number> {
  leaveDescriptors();
  let launch: LaunchConfig | undefined;
  try {
    launch = receiveLaunchConfig();
    return launch === undefined ? exitCodes.done.code : await live(launch, signals);
  } catch (cause) {
    if (launch !== undefined) return await startFailed(launch, cause);
    if (!(cause instanceof ForkerError) || cause.code !== "ERR_FORKER_LAUNCH") throw cause;
    say.problem(cause.message);
    return cause.exitCode;
  }
}

async function live(launch: LaunchConfig, signals: SignalQueue): Promise<number> {
  requireVersionOf(launch);
  const board = takeBoard(launch);
  if (!dieWithParent(launch.initPid, loggerOf(launch))) return exitCodes.done.code;
  raiseScore(launch.role, loggerOf(launch));
  switch (launch.role) {
    case "template":
      return await enterTemplate(launch, board);
    case "keeper":
      return await enterKeeper(launch);
    case "worker":
      return await enterSpawnedWorker(launch, board, signals);
  }
}

/** In a sandbox that has no such score, or does not let a process raise it, the kernel chooses by memory alone. */
function raiseScore(role: LaunchConfig["role"] | "runner", log: Logger): void {
  const cause = raiseOomScore(role);
  if (cause !== undefined) log.debug({ cause }, "could not raise oom_score_adj");
}

/** init checks the file before it starts a child, but an upgrade may replace the file in between. */
function requireVersionOf({ version }: LaunchConfig): void {
  if (version === packageVersion()) return;
  const message = `expected forker ${version}, the version of init, got ${packageVersion()}: its files were replaced while this process started; the next start uses the copy that init keeps`;
  throw new ForkerError("system", "ERR_FORKER_VERSION", message);
}

/** If NODE_OPTIONS disables the addon in this process only, messages replace the board. */
function takeBoard(launch: LaunchConfig): ArrayBuffer | undefined {
  if (launch.role === "keeper" || !launch.hasBoard) return undefined;
  if (addonProblem() === undefined) return openBoard();
  closeSync(boardFd);
  return undefined;
}

async function enterTemplate(launch: TemplateLaunchConfig, board: ArrayBuffer | undefined): Promise<number> {
  const isSpawning = launch.settings.engine === "spawn";
  if (isSpawning) nodeModule.enableCompileCache();
  else {
    trackExit();
    beginDenseHeap(loggerOf(launch));
  }
  const runners = new RunnerStart(launch);
  const continueAs: TemplateDependencies["continueAs"] = async (child, application, ended) => {
    const log = child.role === "runner" ? runners.logOf(child) : loggerOf(child);
    raiseScore(child.role, log);
    leaveConnections(ended, log);
    if (child.role === "runner")
      return await runners.run(child, application, () => tieLifeToInit(child.initPid, { log }));
    const over = runWorker(child, application, log, rowWriterOf(child, board));
    setTimeout(() => tieLifeToInit(child.initPid, { log }), forkingTimeMs).unref();
    return await over.catch((cause: unknown) => startFailed(child, cause));
  };
  return await runTemplate(launch, {
    log: loggerOf(launch),
    preload: async ({ path, hasOnlyAdopted }) => {
      if (hasOnlyAdopted === true && isBullAwaited(path)) return undefined;
      const bull = await loadBull(path);
      const copies = describeCopies(bull, path);
      if (copies !== undefined) loggerOf(launch).warn(`found ${copies}`);
      // All workers load soon, and at the same time.
      if (isSpawning) nodeModule.flushCompileCache();
      return placeOf(bull);
    },
    rehearse: async (application) => {
      const rehearsal = await rehearseWorker(application, launch.settings);
      if (!compileWorkerCalls(application, [raiseScore, leaveConnections, tieLifeToInit, rowWriterOf, continueAs]))
        loggerOf(launch).debug("workers compile for themselves what they call first");
      if (rehearsal === "done" && application.isolation.asker !== undefined)
        await runners.prepare(launch, application, [raiseScore, leaveConnections, tieLifeToInit, continueAs]);
      return rehearsal;
    },
    continueAs,
  });
}

/** The connections of the template have ended here. Their clients connect again, and the errors that some of them emit are expected. */
function leaveConnections(ended: readonly number[], log: Logger): void {
  expectEnds(ended);
  forgiveEnds(ended, (error) => {
    const cause = error instanceof Error ? error.message : String(error);
    log.debug({ cause }, "ignored an error about an inherited connection");
  });
}

/**
 * The keeper connects to the application's Redis, reads its data and loads its BullMQ, none of the application's own code, and
 * needs root for none of it.
 */
async function enterKeeper(launch: KeeperLaunchConfig): Promise<number> {
  keepYoungGenerationSmall();
  const log = loggerOf(launch);
  if (launch.user !== undefined) {
    changeUser({ user: launch.user.uid, group: launch.user.gid }, log, "forker.user()");
    if (!dieWithParent(launch.initPid, log)) return exitCodes.done.code;
  }
  return await runKeeper(launch, await bullAt(launch.bull, log), log);
}

/**
 * By then the batch has been forked and init is the worker's parent. If init dies earlier, the worker sees EOF on its channel.
 */
const forkingTimeMs = 100;

async function enterSpawnedWorker(
  launch: WorkerLaunchConfig,
  board: ArrayBuffer | undefined,
  signals: SignalQueue,
): Promise<number> {
  nodeModule.enableCompileCache();
  const log = loggerOf(launch);
  const { link, connect } = await dialEarly(launch);
  // The socket has no earlier data to write, so this report is written before the process ends.
  const stopWatching = watchUnexpectedEnd("it was loading", (failure) => link.send({ kind: "startFailed", failure }));
  const application = await loadSpawned(launch, log).catch((cause: unknown) => ({ cause }));
  stopWatching();
  if (application === undefined) return exitCodes.done.code;
  if ("cause" in application) return await startFailed(launch, application.cause, link);
  // Node flushes the cache only at a normal exit, and a worker may be killed.
  nodeModule.flushCompileCache();
  const ended = runWorker(launch, application, log, rowWriterOf(launch, board), { ...ownProcess, connect });
  // The worker's listeners are installed by now; signals that arrived while the application was loading are sent again.
  signals.uninstall();
  for (const signal of signals.popAll()) process.kill(process.pid, signal);
  return await ended;
}

/** undefined: init has ended. */
async function loadSpawned({ settings, generation, initPid }: WorkerLaunchConfig, log: Logger) {
  const application = await loadApplication(settings, generation, log);
  const { user } = application.config;
  if (user !== undefined) {
    changeUser(user, log, "forker.user()");
    if (!dieWithParent(initPid, log)) return undefined;
  }
  refuseRoot(settings.user ?? user, process.geteuid?.() ?? 0);
  const { asker } = application.isolation;
  if (asker !== undefined) throw isolationNeedsFork(asker, "its templates cannot fork");
  return application;
}

function rowWriterOf({ options: { row } }: WorkerLaunchConfig, board: ArrayBuffer | undefined): RowWriter | undefined {
  return board === undefined || row === undefined ? undefined : new RowWriter(board, row);
}
