import type { Application } from "../app/application.ts";
import { continueApplication } from "../app/continue-application.ts";
import { connectParkedClients, releaseClients, stopParking } from "../bull/parking/parked-clients.ts";
import { forgetAnswers } from "../engine/connections/answers.ts";
import { forgetAttempts } from "../engine/connections/attempts.ts";
import { endsNoticed, expectEnds } from "../engine/connections/ends-noticed.ts";
import { forgiveEnds } from "../engine/connections/forgive-ends.ts";
import { forgetRequests } from "../engine/connections/open-requests.ts";
import { forgetWrites } from "../engine/connections/unanswered-sockets.ts";
import { exitBriefly } from "../engine/fork/brief-exit.ts";
import { leaveMillisecond } from "../engine/fork/fork-batch.ts";
import { becomeForkedChild, dropSignalListeners, restartUptime } from "../engine/identity/become-forked-child.ts";
import { continueCpuTime } from "../engine/identity/cpu-time.ts";
import { renewEntropy } from "../engine/identity/entropy.ts";
import { giveLoggersOwnPid } from "../engine/identity/inherited-loggers.ts";
import { RandomPools } from "../engine/identity/random-pools.ts";
import { becomeOwnLogThreads } from "../engine/threads/log-threads.ts";
import { forgetThreads } from "../engine/threads/thread-records.ts";
import { dropTimers } from "../engine/timers/template-timers.ts";
import { forgetTimers } from "../engine/timers/timer-records.ts";
import { compileAhead, partsOf } from "../heap/compile-ahead.ts";
import { raiseOomScore } from "../native/oom-score.ts";
import { Channel } from "../protocol/channel.ts";
import { beNicer } from "../runner/be-nicer.ts";
import { JobPerformer } from "../runner/job-performer.ts";
import { JobSource } from "../runner/job-source.ts";
import { runRunner } from "../runner/run-runner.ts";
import { listenForSignals } from "../runner/runner-signals.ts";
import {
  applicationListeners,
  listenFor,
  removeOwnListeners,
  returnListeners,
  setListenersAside,
} from "../signals/own-listeners.ts";
import { ForkQueue, launchOf } from "../template/fork-queue.ts";
import { jobText, printable, shortened } from "../text/printable.ts";

/** Compiles in the template what each runner calls first, and the rehearsal does not. `own`: the caller's own functions of this kind. */
export function compileFirstCalls(application: Application, own: readonly unknown[]): boolean {
  const { hooks, isolation, listeners, loading } = application;
  return compileAhead([
    ...own,
    ...partsOf(application, hooks, isolation, listeners, loading),
    ...partsOf(ForkQueue.prototype, Channel.prototype, RandomPools.prototype),
    ...partsOf(JobPerformer.prototype, JobSource.prototype),
    leaveMillisecond,
    launchOf,
    becomeForkedChild,
    restartUptime,
    dropSignalListeners,
    giveLoggersOwnPid,
    renewEntropy,
    continueCpuTime,
    applicationListeners,
    setListenersAside,
    forgetAnswers,
    forgetRequests,
    forgetWrites,
    forgetAttempts,
    dropTimers,
    forgetTimers,
    becomeOwnLogThreads,
    forgetThreads,
    raiseOomScore,
    expectEnds,
    forgiveEnds,
    exitBriefly,
    runRunner,
    listenForSignals,
    removeOwnListeners,
    listenFor,
    returnListeners,
    continueApplication,
    endsNoticed,
    releaseClients,
    stopParking,
    connectParkedClients,
    beNicer,
    jobText,
    shortened,
    printable,
  ]);
}
