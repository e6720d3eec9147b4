import { syncBuiltinESMExports } from "node:module";
import workerThreads, { type Worker, type WorkerOptions } from "node:worker_threads";
import { wrapBuiltIn } from "../identity/wrap-built-in.ts";

interface StartedThread {
  readonly thread: Worker;
  /** The file that it runs, or its code. */
  readonly file: string;
  readonly options: WorkerOptions;
}

/** Node does not keep the options that a thread was started with, and without them it cannot be started again. */
const started = new WeakMap<Worker, Omit<StartedThread, "thread">>();
let threads: WeakRef<Worker>[] = [];
let isRecording = false;

/** Call it in the template before the application loads, because libraries keep a reference to the class Worker. */
export function recordThreads(): void {
  isRecording = true;
  wrapBuiltIn(workerThreads, "Worker", (args, proceed) => {
    const thread = proceed(args) as Worker;
    if (isRecording) {
      started.set(thread, { file: String(args[0]), options: args[1] ?? {} });
      threads.push(new WeakRef(thread));
    }
    return thread;
  });
  syncBuiltinESMExports();
}

/** Call it in a forked child, which has none of these threads. */
export function forgetThreads(): void {
  isRecording = false;
  threads = [];
}

export function livingThreads(): StartedThread[] {
  const living = threads.flatMap((reference) => reference.deref() ?? []).filter(({ threadId }) => threadId !== -1);
  threads = living.map((thread) => new WeakRef(thread));
  return living.map((thread) => ({ thread, file: "", options: {}, ...started.get(thread) }));
}
