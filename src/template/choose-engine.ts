import type { Logger } from "pino";
import type { Application } from "../app/application.ts";
import { readText } from "../cgroup/folders.ts";
import { isBusy, processorPressure } from "../cgroup/processor-pressure.ts";
import type { Settings } from "../config/settings.ts";
import { runCanary, StarvedCanaryError } from "../engine/canary/canary.ts";
import { endDenseHeap } from "../engine/fork/dense-heap.ts";
import { isLate } from "../engine/fork/fork-batch.ts";
import { becomeQuiet, settleHeap } from "../engine/fork/quiet.ts";
import { inspectForkSupport } from "../engine/fork/support.ts";
import { adviceFor, type Finding } from "../engine/safety/finding.ts";
import { divideFiles } from "../engine/safety/open-files.ts";
import { forgetOrigins } from "../engine/safety/origins.ts";
import { inspectForkSafety } from "../engine/safety/safety.ts";
import { stopCompilers } from "../engine/threads/compilers.ts";
import { endLogThreads, resumeLogThreads } from "../engine/threads/log-threads.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { deathSignalRefusal } from "../native/die-with-parent.ts";
import type { Channel } from "../protocol/channel.ts";

const quietTimeoutMs = 10_000;
const canaryTimeoutMs = 20_000;
/** A worker that is spawned on a busy machine would have to load the application, which takes longer than to wait for a fork. */
const starvedTimeoutMs = 120_000;

type ParentChannel = Pick<Channel<unknown, unknown>, "socket" | "abandon">;

/** What the template knows of itself when it chooses. */
interface Template {
  readonly settings: Settings;
  readonly application: Pick<Application, "hasOnlyAdopted" | "isolation">;
  readonly channel: ParentChannel;
  readonly log: Logger;
  /** It replaces a template that forked the workers of its generation. */
  readonly isReplacement: boolean;
  /** See TemplateDependencies. */
  readonly rehearse: () => Promise<"done" | "observed" | "late">;
  /** Tells init that the trial fork takes longer than usual, and does not hang. */
  readonly triesOn: () => void;
}

export interface EngineChoice {
  readonly engine: "fork" | "spawn";
  /** Why workers are spawned. undefined: they are forked, or the user chose `spawn`. */
  readonly reason: string | undefined;
}

interface Isolating {
  readonly application: Pick<Application, "isolation">;
}

/** Why this process cannot be forked. */
export interface Obstacle {
  readonly reason: string;
  /** The machine was too busy: the fork has not failed, and may succeed later. */
  readonly passes: boolean;
}

const lasting = (reason: string): Obstacle => ({ reason, passes: false });

/**
 * Decides, after the application has loaded, whether this process can be forked. If it cannot, `auto` falls back to spawn with a
 * reason, and `fork` fails. Servers, child processes and databases fail the boot with both: workers cannot share them, and only
 * the application can close them.
 */
export async function chooseEngine(template: Template): Promise<EngineChoice> {
  const { settings } = template;
  if (settings.engine === "spawn") {
    refuseIsolation(template, settings.spawnReason ?? "FORKER_ENGINE=spawn");
    return { engine: "spawn", reason: settings.spawnReason };
  }
  const obstacle = await findObstacle(template).finally(endDenseHeap);
  return engineDespite(obstacle, template);
}

export function engineDespite(
  obstacle: Obstacle | undefined,
  template: Pick<Template, "settings" | "isReplacement"> & Isolating,
): EngineChoice {
  if (obstacle === undefined) return { engine: "fork", reason: undefined };
  const { settings } = template;
  const { reason, passes } = obstacle;
  // init tries again after a pause. Without this, one slow moment would end the forks of a whole generation.
  if (passes && (template.isReplacement || template.application.isolation.asker !== undefined))
    throw tooBusy(template, reason);
  if (settings.engine === "fork") throw cannotFork(reason);
  refuseIsolation(template, reason);
  return { engine: "spawn", reason };
}

/** Without isolation, such a job could end its worker with all other jobs: to start nothing is what the user expects. */
function refuseIsolation({ application }: Isolating, reason: string): void {
  const { asker } = application.isolation;
  if (asker !== undefined) throw isolationNeedsFork(asker, reason);
}

async function findObstacle(template: Template): Promise<Obstacle | undefined> {
  const support = inspectForkSupport();
  if (!support.supported) return lasting(support.reason);
  const refusal = deathSignalRefusal();
  if (refusal !== undefined) return lasting(`forked workers could outlive init: ${refusal}`);
  for (const cause of await endLogThreads())
    template.log.warn({ cause }, "a thread that writes a log may have lost lines");
  try {
    await stopCompilers();
    return await tryFork(template);
  } finally {
    resumeLogThreads();
  }
}

async function tryFork(template: Template): Promise<Obstacle | undefined> {
  const { channel, log } = template;
  try {
    warnOfUnanswered(await becomeQuiet({ deadlineMs: quietTimeoutMs }), log);
  } catch (cause) {
    return lasting((cause as Error).message);
  }
  const threads = judge(template, inspectForkSafety({ own: [channel.socket] }));
  forgetOrigins();
  if (threads !== undefined) return lasting(threads);
  await rehearseStart(template);
  settleHeap();
  return await sendCanary(template);
}

/** If it fails, workers start all the same. */
export async function rehearseStart({ rehearse, log }: Pick<Template, "rehearse" | "log">): Promise<void> {
  let cause = "it did not end in time";
  try {
    const rehearsal = await rehearse();
    if (rehearsal !== "late") return log.debug({ rehearsal }, "rehearsed a worker's start");
  } catch (error) {
    cause = (error as Error).message;
  }
  log.warn({ cause }, "could not rehearse a worker's start: each worker compiles for itself what it needs for that");
}

async function sendCanary({ channel, log, triesOn }: Template): Promise<Obstacle | undefined> {
  try {
    const { kept } = divideFiles([channel.socket]);
    const { ms } = await runCanary({
      deadlineMs: canaryTimeoutMs,
      starvedDeadlineMs: starvedTimeoutMs,
      starved(why) {
        log.warn({ cause: why }, "waiting for the canary");
        triesOn();
      },
      kept,
      abandon: () => channel.abandon(),
    });
    log.debug({ canaryMs: Math.round(ms) }, "canary finished");
    return undefined;
  } catch (cause) {
    const reason = `the canary failed: ${(cause as Error).message}`;
    // V8's threads did not end in time, or the canary did not run.
    const isSlow = isLate(cause) && isBusy(processorPressure(readText));
    return { reason, passes: isSlow || cause instanceof StarvedCanaryError };
  }
}

/**
 * An open server or database fails the boot, a thread only prevents the fork, and anything else is logged. Returns why not to
 * fork.
 */
function judge({ settings, application, log }: Template, findings: readonly Finding[]): string | undefined {
  if (settings.forkCheck === "off") return undefined;
  // Where a thread prevents the fork, no worker shares the files. They may be the thread's own, as with loader hooks that compile.
  const threadsFirst = findings.toSorted((a, b) => Number(b.kind === "thread") - Number(a.kind === "thread"));
  for (const finding of threadsFirst) {
    const { kind, what, severity } = finding;
    const advice = adviceFor(finding, application);
    const fatal = severity === "refuse" && settings.forkCheck === "error";
    if (!fatal) log.warn({ finding: kind, what, advice }, "fork check found a risk");
    else if (kind === "thread") return `${what}: ${advice}`;
    else {
      const message = `the application left open ${what}: ${advice} (FORKER_FORK_CHECK=warn allows it)`;
      throw new ForkerError("bootFailure", "ERR_FORKER_UNSAFE", message);
    }
  }
  return undefined;
}

/** In the workers these requests fail, as they do when a server closes a connection. */
export function warnOfUnanswered(waited: readonly string[], log: Logger): void {
  for (const what of waited) log.warn({ what }, "got no answer in time, forking without it");
}

/** Also for a worker that is spawned although its template could fork. */
export function isolationNeedsFork(asker: string, reason: string): ForkerError {
  const message = `${asker}: expected workers that are forked, because only a fork gives each job a process at once, got spawned ones: ${reason}; remove the cause, or the isolation`;
  return new ForkerError("bootFailure", "ERR_FORKER_ISOLATION", message);
}

function tooBusy({ application }: Isolating, reason: string): ForkerError {
  const { asker } = application.isolation;
  const needs = asker === undefined ? "" : ` (${asker} needs the fork)`;
  const message = `the machine is too busy to fork workers${needs}: ${reason}; give forker more processor time, or try again when the machine is less busy`;
  return new ForkerError("bootFailure", "ERR_FORKER_BUSY", message);
}

function cannotFork(reason: string): ForkerError {
  const message = `FORKER_ENGINE=fork: this process cannot be forked: ${reason}; FORKER_ENGINE=auto falls back to spawn`;
  return new ForkerError("bootFailure", "ERR_FORKER_ENGINE", message);
}
