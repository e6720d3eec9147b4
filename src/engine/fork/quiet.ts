import { setTimeout } from "node:timers/promises";
import { ForkerError } from "../../exit/forker-error.ts";
import { collectAllGarbage } from "../../heap/collect-garbage.ts";
import { native } from "../../native/binding.ts";
import { rehearseRenewal } from "../identity/entropy.ts";
import { emptyStringPools } from "../identity/string-pools.ts";
import { strangeThreads } from "../safety/strange-threads.ts";

const pauseMs = 1;
/** Once the tls module is loaded, Node reads its root certificates on a separate thread, which takes a tenth of a second. */
const passingThreadMs = 3_000;

/** Threads that did not end within `passingThreadMs`. The fork check reports them. */
let lastingThreads = 0;

/**
 * Waits until no request is in flight and Node's short-lived threads have ended. A child would inherit both half done, and wait
 * for them forever. require("bullmq") leaves a file system request in flight, and loads the certificates.
 */
export async function becomeQuiet(options: { readonly deadlineMs: number }): Promise<void> {
  const deadline = performance.now() + options.deadlineMs;
  await emptyStringPools();
  await endOfThreads(Math.min(deadline, performance.now() + passingThreadMs));
  while (native().activeRequests() > 0) {
    if (performance.now() > deadline) throw notQuiet(options.deadlineMs);
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
    "setup() must await what it starts";
  return new ForkerError("bootFailure", "ERR_FORKER_NOT_QUIET", message);
}

/**
 * Moves live objects together into old pages, which stay shared, and returns free memory to the kernel: a child that needs memory
 * then gets an empty page instead of a copy of a shared one.
 */
export function settleHeap(): void {
  rehearseRenewal();
  collectAllGarbage();
  native().returnFreeMemory();
}
