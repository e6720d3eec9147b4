import { setImmediate, setTimeout } from "node:timers/promises";
import { ForkerError } from "../../exit/forker-error.ts";
import { collectAllGarbage } from "../../heap/collect-garbage.ts";
import { native } from "../../native/binding.ts";
import { giveUpOn, unanswered } from "../connections/answers.ts";
import { rehearseRenewal } from "../identity/entropy.ts";
import { emptyStringPools } from "../identity/string-pools.ts";
import { strangeThreads } from "../safety/strange-threads.ts";
import { endDenseHeap } from "./dense-heap.ts";

const pauseMs = 1;
/** Once the tls module is loaded, Node reads its root certificates on a separate thread, which takes a tenth of a second. */
const passingThreadMs = 3_000;

/** Threads that did not end within `passingThreadMs`. The fork check reports them. */
let lastingThreads = 0;

/** How long a server has for an answer. A worker sees the connection as closed, and its request fails there. */
const answerTimeoutMs = 5_000;

/**
 * Waits until no request is in flight and Node's short-lived threads have ended. A child would inherit both half done, and wait
 * for them forever. require("bullmq") leaves a file system request in flight, and loads the certificates. Then waits a while for
 * the answers of servers, and returns those that it did not get.
 */
export async function becomeQuiet(options: { readonly deadlineMs: number }): Promise<readonly string[]> {
  const deadline = performance.now() + options.deadlineMs;
  const answerDeadline = performance.now() + Math.min(options.deadlineMs, answerTimeoutMs);
  await emptyStringPools();
  await endOfThreads(Math.min(deadline, performance.now() + passingThreadMs));
  for (;;) {
    if (native().activeRequests() === 0) {
      const waiting = unanswered();
      if (waiting.length === 0) return [];
      if (performance.now() > answerDeadline) {
        giveUpOn(waiting);
        return [...new Set(waiting.map(({ what }) => what))];
      }
    } else if (performance.now() > deadline) throw notQuiet(options.deadlineMs);
    await setTimeout(pauseMs);
  }
}

/**
 * Resolves in the check phase of a turn in which no request is active. The application's callbacks, such as those of a file
 * watcher, run in every turn and may start a request after becomeQuiet.
 */
export async function awaitQuietTurn({ deadlineMs }: { readonly deadlineMs: number }): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  for (;;) {
    await setImmediate();
    if (native().activeRequests() === 0) return;
    if (performance.now() > deadline) throw notQuiet(deadlineMs);
    await setTimeout(pauseMs);
  }
}

async function endOfThreads(deadline: number): Promise<void> {
  for (;;) {
    const threads = strangeThreads().unnamed;
    if (threads > lastingThreads && performance.now() < deadline) await setTimeout(pauseMs);
    else return void (lastingThreads = threads);
  }
}

function notQuiet(deadlineMs: number): ForkerError {
  const requests = process.getActiveResourcesInfo().filter((kind) => /Req|Wrap$/.test(kind));
  const message =
    `a request has been active for ${deadlineMs} ms (${requests.join(", ") || "of a kind that Node does not report"}): ` +
    "the application must await what it starts";
  return new ForkerError("bootFailure", "ERR_FORKER_NOT_QUIET", message);
}

/**
 * Moves live objects together into old pages, which stay shared, and returns free memory to the kernel: a child that needs memory
 * then gets an empty page instead of a copy of a shared one. A fork copies what is in huge pages without looking at each small page.
 */
export function settleHeap(): void {
  rehearseRenewal();
  collectAllGarbage();
  native().returnFreeMemory();
  endDenseHeap();
  native().makeHugePages();
}
