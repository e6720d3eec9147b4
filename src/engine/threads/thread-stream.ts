import type { EventEmitter } from "node:events";
import type { Worker, WorkerOptions } from "node:worker_threads";

/**
 * A stream of the package thread-stream, through which pino writes to its transports: a ring of shared memory that a thread
 * reads. The same in all versions: these methods, the property `worker`, and one symbol with everything else.
 */
export interface ThreadStream extends EventEmitter {
  worker: Worker & { stream?: { deref(): unknown } };
  write(data: unknown): boolean;
  flush(done?: (error?: Error) => void): void;
  flushSync(): void;
  end(): void;
  ref(): void;
  unref(): void;
}

interface StreamOptions {
  readonly filename: string;
  readonly workerData: object;
  readonly workerOpts: WorkerOptions;
  readonly bufferSize: number;
  readonly sync: boolean;
}

/** What is behind the symbol: buffers and flags. */
type Inside = Record<string, unknown>;

interface StreamData {
  readonly filename: string;
  readonly dataBuf: SharedArrayBuffer;
  readonly workerData: Record<string, unknown>;
}

/** The stream that a thread serves, if it is one that can be started again. */
export function streamOf(thread: Worker, options: WorkerOptions): ThreadStream | undefined {
  const stream = (thread as ThreadStream["worker"]).stream?.deref() as ThreadStream | undefined;
  if (stream?.worker !== thread || insideKey(stream) === undefined || baseOf(stream) === undefined) return undefined;
  // What has been transferred to the thread cannot be transferred again, and its standard input cannot be repeated.
  if ((options.transferList?.length ?? 0) > 0 || options.stdin === true) return undefined;
  const { ending, destroyed } = readInside(stream);
  if (ending === true || destroyed === true) return undefined;
  const { filename, dataBuf } = (options.workerData ?? {}) as Partial<StreamData>;
  return typeof filename === "string" && dataBuf instanceof SharedArrayBuffer ? stream : undefined;
}

/** The options of the stream's constructor, from those that it has given to its thread. */
export function streamOptions(stream: ThreadStream, options: WorkerOptions): StreamOptions {
  const { workerData, ...workerOpts } = options;
  const { filename, dataBuf, workerData: given } = workerData as StreamData;
  const { $context: _, ...own } = given;
  return {
    filename,
    workerData: own,
    workerOpts,
    bufferSize: dataBuf.byteLength,
    sync: readInside(stream)["sync"] === true,
  };
}

/**
 * Gives an ended stream the buffers and the thread of a new one. thread-stream ends a thread when the object that created it has
 * been collected, so the stream keeps the new one.
 */
export function renew(stream: ThreadStream, options: StreamOptions): void {
  const Base = baseOf(stream) as new (options: StreamOptions) => ThreadStream;
  const fresh = new Base(options);
  writeInside(stream, readInside(fresh));
  stream.worker = fresh.worker;
  fresh.worker.stream = { deref: () => stream };
  kept.set(stream, fresh);
}

const kept = new WeakMap<ThreadStream, ThreadStream>();

export function readInside(stream: ThreadStream): Inside {
  return (stream as unknown as Record<symbol, Inside>)[insideKey(stream) as symbol] as Inside;
}

export function writeInside(stream: ThreadStream, inside: Inside): void {
  (stream as unknown as Record<symbol, Inside>)[insideKey(stream) as symbol] = inside;
}

function insideKey(stream: ThreadStream): symbol | undefined {
  return Object.getOwnPropertySymbols(stream).find(({ description }) => description === "kImpl");
}

/** thread-stream's own class. The stream may be of a class that extends it, and may have methods of its own. */
function baseOf(stream: ThreadStream): unknown {
  let at = Object.getPrototypeOf(stream) as object | null;
  while (at !== null && !Object.hasOwn(at, "flushSync")) at = Object.getPrototypeOf(at) as object | null;
  return at?.constructor;
}
