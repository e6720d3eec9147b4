import { createHook, executionAsyncResource } from "node:async_hooks";
import { setTimeout as pause } from "node:timers/promises";
import type { Frame } from "../safety/frames.ts";
import { isOwn } from "../safety/origin-text.ts";
import { type Scheduler, skipRuns } from "./schedulers.ts";
import {
  creatorsOf,
  forgetCreation,
  forgetTimers,
  livingTimers,
  loopTime,
  recordTimer,
  type Timer,
} from "./timer-records.ts";

/**
 * The template loads the application and then waits, possibly for weeks. The application's timers must not fire there, and
 * forker's must. So from the end of the load on, a timer of the application that comes due starts again instead of calling back.
 *
 * async_hooks calls `before` for each timer, and only then Node reads the callback from the timer's `_onTimeout`
 * (lib/internal/timers.js, listOnTimeout). A callback that is replaced in between runs instead; it puts the old one back and calls
 * the timer's refresh(). `_onTimeout` is the only private name that this depends on, and deferTimers tries it out.
 *
 * Nothing of Node is wrapped: a timer keeps its identity, id, reference count and async context, and costs a worker, whose hook is
 * off, what it costs a plain process. Functions in place of setTimeout would miss the timers that Node creates for the application
 * (AbortSignal.timeout, idle sockets) and those of preloads, and would stay behind in every module that has kept a reference. To
 * stop libuv's timer would stop forker's timers as well, because a Node environment has a single one.
 */
const probeWaitMs = 5;

const hook = createHook({ init: noteTimer, before: noteFiring, trackPromises: false });
let phase: "loading" | "waiting" | "leaving" = "loading";
/** Whether the timer fires in the template. */
const verdicts = new WeakMap<object, boolean>();
const deferred = new WeakSet<object>();
/** Those that have fired while the application loaded, and those that must not. */
const fired = new WeakSet<object>();
const held = new WeakSet<object>();
let schedulers: readonly Scheduler[] = [];

/** Call it in the template before the application loads. */
export function trackTimers(): void {
  hook.enable();
}

/**
 * Call it when the application has loaded. From here on its timers do not fire in this process, nor in a forked one until that
 * calls continueTimers. Returns why they fire nevertheless, which depends on the Node.
 */
export async function deferTimers(): Promise<string | undefined> {
  hook.enable();
  schedulers = await skipRuns(livingTimers().map((timer) => creatorsOf(timer) ?? []));
  for (const timer of livingTimers()) firesHere(timer);
  phase = "waiting";
  return (await isProbeDeferred()) ? undefined : `Node ${process.version} calls them before they can be stopped`;
}

/** Call it before the template runs teardown(), which may wait for timers. Those that it creates fire. */
export function stopDeferring(): void {
  phase = "leaving";
}

/**
 * Call it in a forked worker. Its intervals begin now, and so does each timeout that came due while the template waited: none of
 * them fires at once. A timeout that is not due yet keeps its time.
 */
export function continueTimers(): void {
  hook.disable();
  for (const { resume } of schedulers) resume();
  const now = loopTime();
  for (const timer of livingTimers()) if (!firesHere(timer) && beginsAgain(timer, now)) timer.refresh();
  forgetTimers();
}

/**
 * Call it in a forked process that does one job for the application and does not continue it: a cron job runs once per worker, and not
 * in each such process as well. Timers that are set later fire.
 */
export function dropTimers(): void {
  hook.disable();
  for (const timer of livingTimers()) if (!firesHere(timer)) clearTimeout(timer as unknown as NodeJS.Timeout);
  forgetTimers();
}

export function hasFired(timer: Timer): boolean {
  return fired.has(timer);
}

/** From now on this timer does not fire in the template, and in the workers it begins again. */
export function holdBack(timer: Timer): void {
  held.add(timer);
  deferred.add(timer);
}

function noteTimer(_id: number, type: string, _trigger: number, resource: object): void {
  if (type !== "Timeout") return;
  recordTimer(resource);
  if (phase === "leaving") verdicts.set(resource, true);
  else verdicts.delete(resource);
}

/** An exception in a hook would end the process. */
function noteFiring(): void {
  const timer = executionAsyncResource() as Timer;
  const callback = timer._onTimeout;
  if (typeof callback !== "function") return;
  if (phase === "loading" && !held.has(timer)) fired.add(timer);
  else if (!firesHere(timer)) deferOnce(timer, callback);
}

function deferOnce(timer: Timer, callback: unknown): void {
  timer._onTimeout = () => {
    timer._onTimeout = callback;
    deferred.add(timer);
    timer.refresh();
  };
}

function firesHere(timer: Timer): boolean {
  const known = verdicts.get(timer);
  if (known !== undefined) return known;
  const callers = creatorsOf(timer);
  const verdict = callers !== undefined && isOfForker(callers);
  verdicts.set(timer, verdict);
  return verdict;
}

/** Timers that Node starts by itself belong to nobody, and fire. So do those of a scheduler that skips its runs. */
function isOfForker(callers: readonly Frame[]): boolean {
  const [caller] = callers;
  return caller === undefined || isOwn(caller.file) || schedulers.some(({ planned }) => planned(callers));
}

function beginsAgain(timer: Timer, now: number): boolean {
  const { _idleStart: start = Number.NaN, _idleTimeout: delay = Number.NaN, _repeat: repeat } = timer;
  const isStillToCome = start + delay > now;
  return repeat !== null || deferred.has(timer) || !isStillToCome;
}

/** A timer of an unknown creator comes due, and then one of forker's. */
async function isProbeDeferred(): Promise<boolean> {
  let wasCalled = false;
  const probe = setTimeout(() => {
    wasCalled = true;
  }, 1);
  forgetCreation(probe);
  await pause(probeWaitMs);
  clearTimeout(probe);
  return !wasCalled && deferred.has(probe);
}
