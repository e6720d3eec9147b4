import { onExit } from "signal-exit";
import type { Application } from "../app/application.ts";
import { continueApplication } from "../app/continue-application.ts";
import { endApplication } from "../app/end-application.ts";
import { jobsAtATime } from "../app/queue-options.ts";
import { endAtRefusal } from "../app/uncaught-refusal.ts";
import { RowWriter } from "../board/row-writer.ts";
import { connectParkedClients, releaseClients, stopParking } from "../bull/parking/parked-clients.ts";
import { forgetAnswers } from "../engine/connections/answers.ts";
import { forgetAttempts } from "../engine/connections/attempts.ts";
import { endsNoticed, expectEnds } from "../engine/connections/ends-noticed.ts";
import { forgiveEnds } from "../engine/connections/forgive-ends.ts";
import { forgetRequests } from "../engine/connections/open-requests.ts";
import { forgetWrites } from "../engine/connections/unanswered-sockets.ts";
import { exitBriefly, reallyExit } from "../engine/fork/brief-exit.ts";
import { leaveMillisecond } from "../engine/fork/fork-batch.ts";
import { becomeForkedChild, dropSignalListeners, restartUptime } from "../engine/identity/become-forked-child.ts";
import { continueCpuTime } from "../engine/identity/cpu-time.ts";
import { renewEntropy } from "../engine/identity/entropy.ts";
import { giveLoggersOwnPid } from "../engine/identity/inherited-loggers.ts";
import { RandomPools } from "../engine/identity/random-pools.ts";
import { becomeOwnLogThreads } from "../engine/threads/log-threads.ts";
import { forgetThreads } from "../engine/threads/thread-records.ts";
import { continueTimers, dropTimers } from "../engine/timers/template-timers.ts";
import { forgetTimers } from "../engine/timers/timer-records.ts";
import { compileAhead, partsOf } from "../heap/compile-ahead.ts";
import { IdleCollections } from "../heap/idle-collections.ts";
import { allowMarking } from "../heap/marking.ts";
import { raiseOomScore } from "../native/oom-score.ts";
import { tieNow } from "../native/tie-life.ts";
import { Channel } from "../protocol/channel.ts";
import { JobPerformer } from "../runner/job-performer.ts";
import { JobSource } from "../runner/job-source.ts";
import { ownProcess as ownRunnerProcess } from "../runner/process-edges.ts";
import { runRunner } from "../runner/run-runner.ts";
import {
  applicationListeners,
  claimListeners,
  isForeign,
  listenersOf,
  listenFor,
  removeOwnListeners,
  returnListeners,
  setListenersAside,
} from "../signals/own-listeners.ts";
import { beChild, launchOf, wakeAsChild } from "../template/be-child.ts";
import { ForkQueue } from "../template/fork-queue.ts";
import { jobText, printable, shortened } from "../text/printable.ts";
import { MemoryRelease } from "../worker/memory/memory-release.ts";
import { RowKeeper } from "../worker/report/row-keeper.ts";
import { ownProcess } from "../worker/run-worker.ts";

/** Compiles in the template what each worker calls first and last, and the rehearsal does not. `own`: the caller's own functions of this kind. */
export function compileWorkerCalls(application: Application, own: readonly unknown[]): boolean {
  return compileAhead([
    ...own,
    ...partsOfAll(application),
    ...callsOfAll,
    ...partsOf(RowWriter.prototype, RowKeeper.prototype, MemoryRelease.prototype, IdleCollections.prototype),
    ...Object.values(ownProcess),
    continueTimers,
    claimListeners,
    endAtRefusal,
    onExit,
    endApplication,
  ]);
}

/** The same for runners. */
export function compileRunnerCalls(application: Application, own: readonly unknown[]): boolean {
  return compileAhead([
    ...own,
    ...partsOfAll(application),
    ...callsOfAll,
    ...partsOf(JobPerformer.prototype, JobSource.prototype),
    exitBriefly,
    reallyExit,
    dropTimers,
    runRunner,
    ...Object.values(ownRunnerProcess),
  ]);
}

function partsOfAll(application: Application): unknown[] {
  const { hooks, isolation, listeners, loading } = application;
  return [
    ...partsOf(application, hooks, isolation, listeners, loading),
    ...partsOf(ForkQueue.prototype, Channel.prototype, RandomPools.prototype),
  ];
}

const callsOfAll: readonly unknown[] = [
  leaveMillisecond,
  beChild,
  wakeAsChild,
  launchOf,
  allowMarking,
  becomeForkedChild,
  restartUptime,
  dropSignalListeners,
  giveLoggersOwnPid,
  renewEntropy,
  continueCpuTime,
  applicationListeners,
  listenersOf,
  isForeign,
  setListenersAside,
  forgetAnswers,
  forgetRequests,
  forgetWrites,
  forgetAttempts,
  forgetTimers,
  becomeOwnLogThreads,
  forgetThreads,
  raiseOomScore,
  expectEnds,
  forgiveEnds,
  tieNow,
  jobsAtATime,
  removeOwnListeners,
  listenFor,
  returnListeners,
  continueApplication,
  endsNoticed,
  releaseClients,
  stopParking,
  connectParkedClients,
  jobText,
  shortened,
  printable,
];
