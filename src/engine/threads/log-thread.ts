import type { WorkerOptions } from "node:worker_threads";
import { readInside, renew, streamOptions, type ThreadStream, writeInside } from "./thread-stream.ts";

const closeTimeoutMs = 5_000;

type Shadows = Partial<Pick<ThreadStream, "write" | "flush" | "flushSync" | "end" | "ref" | "unref" | "emit">>;

/**
 * A thread that writes an application's log, ended and started again. While it is ended, the stream looks as if it were idle:
 * loggers keep it, and their lines wait. It starts again when a line is written.
 */
export class LogThread {
  readonly #stream: ThreadStream;
  readonly #options: ReturnType<typeof streamOptions>;
  readonly #mayStart: () => boolean;
  readonly #waiting: unknown[] = [];
  readonly #shadowed = new Map<string, PropertyDescriptor | undefined>();
  /** The application has been notified that the thread was ready. */
  #wasReady: boolean;
  #isEnded = false;

  constructor(stream: ThreadStream, options: WorkerOptions, mayStart: () => boolean) {
    this.#stream = stream;
    this.#options = streamOptions(stream, options);
    this.#mayStart = mayStart;
    this.#wasReady = readInside(stream)["ready"] === true;
  }

  /**
   * Resolves when the thread has written all lines, has closed what it writes to and has ended. Its stream's events do not
   * reach the application, for which nothing has ended. Throws if lines may be lost.
   */
  async end(): Promise<void> {
    const stream = this.#stream;
    const { promise: closed, resolve: close } = Promise.withResolvers<unknown>();
    stream.flushSync();
    const idle = { ...readInside(stream) };
    this.#isEnded = true;
    let failure: unknown;
    let isReady = false;
    this.#shadow({
      write: (line) => this.#wait(line),
      emit: (event: string | symbol, cause?: unknown) => {
        if (event === "error") failure = cause;
        if (event === "ready") isReady = true;
        if (event === "close") close(undefined);
        return true;
      },
    });
    // Waits for the thread, ten seconds at most. It needs the stream's own flushSync.
    stream.end();
    this.#shadowRest();
    const timer = setTimeout(() => close(new Error(`it did not end within ${closeTimeoutMs} ms`)), closeTimeoutMs);
    failure = (await closed) ?? failure;
    clearTimeout(timer);
    writeInside(stream, idle);
    this.#unshadow("emit");
    if (isReady) this.#announceReady();
    if (failure !== undefined) throw failure as Error;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get isWaiting(): boolean {
    return this.#waiting.length > 0;
  }

  /** Starts the thread, with the same options, and writes the lines that have waited. */
  start(): void {
    const stream = this.#stream;
    renew(stream, this.#options);
    this.#uncover();
    // As pino does: a thread that writes a log does not keep its process alive.
    stream.unref();
    if (this.#wasReady) this.#hideReady();
    for (const line of this.#waiting.splice(0)) stream.write(line);
  }

  /** In a forked child: the lines that wait are the template's. */
  drop(): void {
    this.#waiting.length = 0;
  }

  #wait(line: unknown): boolean {
    this.#waiting.push(Buffer.isBuffer(line) ? Buffer.from(line) : line);
    if (this.#mayStart()) this.#startOrFail();
    return true;
  }

  /** Emits an error, as thread-stream does, if the thread cannot be started. The lines still wait. */
  #startOrFail(): boolean {
    try {
      this.start();
      return true;
    } catch (cause) {
      setImmediate(() => this.#stream.emit("error", cause));
      return false;
    }
  }

  #shadowRest(): void {
    this.#shadow({
      flush: (done) => {
        if (this.isWaiting) this.#again((stream) => stream.flush(done));
        else if (done !== undefined) process.nextTick(done);
      },
      flushSync: () => {
        if (this.isWaiting) this.#again((stream) => stream.flushSync());
      },
      end: () => {
        if (this.isWaiting) this.#again((stream) => stream.end());
        else this.#endForGood();
      },
      ref: () => undefined,
      unref: () => undefined,
    });
  }

  #again(act: (stream: ThreadStream) => void): void {
    if (this.#startOrFail()) act(this.#stream);
  }

  /** The application ends a stream that has no thread: it has nothing to write. */
  #endForGood(): void {
    const stream = this.#stream;
    this.#uncover();
    Object.assign(readInside(stream), { ending: true, ended: true, finished: true, destroyed: true });
    setImmediate(() => {
      stream.emit("finish");
      readInside(stream)["closed"] = true;
      stream.emit("close");
    });
  }

  /** Until then, pino would sleep for a tenth of a second when the process exits. */
  #announceReady(): void {
    if (this.#wasReady) return;
    this.#wasReady = true;
    readInside(this.#stream)["ready"] = true;
    this.#stream.emit("ready");
  }

  #hideReady(): void {
    const emit = this.#stream.emit.bind(this.#stream);
    this.#shadow({
      emit: (event: string | symbol, ...args: unknown[]) => {
        if (event !== "ready") return emit(event, ...args);
        this.#unshadow("emit");
        return true;
      },
    });
  }

  #shadow(methods: Shadows): void {
    for (const [name, value] of Object.entries(methods)) {
      this.#shadowed.set(name, Object.getOwnPropertyDescriptor(this.#stream, name));
      Object.defineProperty(this.#stream, name, { value, writable: true, configurable: true, enumerable: false });
    }
  }

  #uncover(): void {
    this.#isEnded = false;
    for (const name of this.#shadowed.keys()) this.#unshadow(name);
  }

  #unshadow(name: string): void {
    const descriptor = this.#shadowed.get(name);
    if (descriptor === undefined) Reflect.deleteProperty(this.#stream, name);
    else Object.defineProperty(this.#stream, name, descriptor);
    this.#shadowed.delete(name);
  }
}
