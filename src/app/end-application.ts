import { constants } from "node:os";
import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import type { AdoptedWorkers } from "../bull/adoption/adopted-workers.ts";
import { applicationListeners } from "../signals/own-listeners.ts";
import { activeRequests, activeResources } from "./active-resources.ts";
import type { Application } from "./application.ts";
import { within } from "./bounded-wait.ts";
import { reasonOf } from "./reason.ts";

type Listener = (...values: unknown[]) => unknown;

/**
 * A listener that returned no promise may have started something. It is taken to be done when its timers have fired, no request is
 * active, and nothing has changed for this long: a process that it waits for may take a while to exit.
 */
const calmMs = 500;
const turnMs = 10;

export interface EndOptions {
  /** FORKER_STOP_TIMEOUT. */
  readonly limitMs: number;
  readonly log: Logger;
}

/**
 * Does what ends the application in a plain process: calls its listeners of TERM, or else of INT, and those of `beforeExit`, and
 * closes the Workers that they have not closed. Meanwhile process.exit() ends this step and not the process. Never rejects: what
 * they throw is logged.
 */
export async function endApplication(
  { adopted }: Pick<Application, "adopted">,
  { limitMs, log }: EndOptions,
): Promise<void> {
  const { promise: exited, restore } = catchExit();
  const step = { doing: "", isOver: false };
  try {
    // The timer of the deadline is not the application's.
    const ended = Promise.resolve().then(async () => await end(step, adopted, log));
    await within(limitMs, Promise.race([exited, ended]), () => `${step.doing} did not end within ${limitMs} ms`);
  } catch (cause) {
    log.warn({ cause: reasonOf(cause) }, "the application did not end within FORKER_STOP_TIMEOUT");
  } finally {
    step.isOver = true;
    restore();
  }
}

interface Step {
  doing: string;
  /** The application has called process.exit(), or its time is up. */
  isOver: boolean;
}

async function end(step: Step, adopted: AdoptedWorkers | undefined, log: Logger): Promise<void> {
  const signal = (["SIGTERM", "SIGINT"] as const).find((one) => applicationListeners(one).length > 0);
  if (signal !== undefined) {
    step.doing = `listeners of ${signal}`;
    await callAll(applicationListeners(signal), [signal, constants.signals[signal]], signal, log);
  }
  if (step.isOver) return;
  step.doing = "listeners of beforeExit";
  await callAll(process.rawListeners("beforeExit") as Listener[], [0], "beforeExit", log);
  if (step.isOver) return;
  step.doing = "close() of the Workers";
  await adopted?.close();
}

async function callAll(
  listeners: readonly Listener[],
  values: readonly unknown[],
  event: string,
  log: Logger,
): Promise<void> {
  const results = listeners.map(async (listener) => {
    try {
      const result = listener.apply(process, [...values]);
      const isAwaited = typeof result === "object" && result !== null && "then" in result;
      await result;
      return isAwaited;
    } catch (cause) {
      log.error({ err: cause, event }, `the application's listener of ${event} failed: ${reasonOf(cause)}`);
      return true;
    }
  });
  if ((await Promise.all(results)).includes(false)) await calm();
}

async function calm(): Promise<void> {
  let seen: string | undefined;
  let fewest = Infinity;
  for (let since = performance.now(); performance.now() - since < calmMs; ) {
    await setTimeout(turnMs, undefined, { ref: false });
    const now = activeResources();
    // forker's own timers were there from the beginning, and some of them end meanwhile.
    const timers = now.filter((kind) => kind === "Timeout").length;
    fewest = Math.min(fewest, timers);
    if (activeRequests() > 0 || timers > fewest || now.join() !== seen) since = performance.now();
    seen = now.join();
  }
}

/** Replaces process.exit(), which resolves the promise and returns. */
function catchExit(): { readonly promise: Promise<void>; readonly restore: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const descriptor = Object.getOwnPropertyDescriptor(process, "exit");
  process.exit = (() => resolve()) as never;
  return { promise, restore: () => void (descriptor && Object.defineProperty(process, "exit", descriptor)) };
}
