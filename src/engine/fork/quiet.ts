import { setTimeout } from "node:timers/promises";
import { ForkerError } from "../../exit/forker-error.ts";
import { collectAllGarbage } from "../../heap/collect-garbage.ts";
import { native } from "../../native/binding.ts";
import { rehearseRenewal } from "../identity/entropy.ts";
import { emptyStringPools } from "../identity/string-pools.ts";
import { strangeThreads } from "../safety/strange-threads.ts";

const pauseMs = 1;
/** Node reads its root certificates in a tenth of a second, on a thread of their own, once the tls module was loaded. */
const passingThreadMs = 3_000;

/** Threads that were waited for in vain: they stay, and are the fork-safety check's business. */
let lastingThreads = 0;

/**
 * Waits until no request is in flight, and no passing thread of Node's is at work: a child would inherit both half done,
 * and wait for their end for ever. require("bullmq") leaves a file system request behind, and loads the certificates.
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
    `a request has been active for ${deadlineMs} ms (${requests.join(", ") || "of a kind that Node does not name"}): ` +
    "setup() must wait for what it starts";
  return new ForkerError("bootFailure", "ERR_FORKER_NOT_QUIET", message);
}

/**
 * What lives is moved into old pages, close together, where it stays shared. What is free is given back: a child that needs
 * memory gets an empty page then, and copies none.
 */
export function settleHeap(): void {
  rehearseRenewal();
  collectAllGarbage();
  native().returnFreeMemory();
}
