import { LogThread } from "./log-thread.ts";
import { forgetThreads, livingThreads } from "./thread-records.ts";
import { streamOf } from "./thread-stream.ts";

/**
 * A fork copies no thread but one, and V8 cannot be forked while another thread runs. So the threads that write an application's
 * log (thread-stream's, which pino's transports use) end before each fork, with everything written, and start again with the same
 * options at the next line: the template's in the template, and each worker's own in the worker.
 */
let isForking = false;
const ended = new Set<LogThread>();

/** Call it before a fork. Lines that are written from here on wait. Returns why a thread's lines may be lost. */
export async function endLogThreads(): Promise<string[]> {
  isForking = true;
  for (const one of ended) if (!one.isEnded) ended.delete(one);
  const faults: string[] = [];
  for (const { thread, options } of livingThreads()) {
    const stream = streamOf(thread, options);
    if (stream === undefined) continue;
    const one = new LogThread(stream, options, () => !isForking);
    ended.add(one);
    await one.end().catch((cause: unknown) => void faults.push((cause as Error).message));
  }
  return faults;
}

/** Call it in the template when it has forked, or does not fork. Threads for whose streams lines wait start again. */
export function resumeLogThreads(): void {
  isForking = false;
  for (const one of ended) if (one.isWaiting) one.start();
}

/** Call it in a forked child: the template writes the lines that wait. */
export function becomeOwnLogThreads(): void {
  forgetThreads();
  for (const one of ended) one.drop();
  ended.clear();
  isForking = false;
}
