/** Where the time of one fork went, in the template. */
export interface ForkTimes {
  /** V8's threads finished what was queued, and ended. */
  readonly drainMs: number;
  /** The heap was made inheritable, and the process doubled. */
  readonly forkMs: number;
  /** V8's threads were started anew. */
  readonly restartMs: number;
}

/** What a forked process learns first. Its signals are blocked, and its V8 and libuv are whole. */
export interface Forked {
  readonly index: number;
  readonly pid: number;
}

/** In the order of `index`: a worker's pid, or minus the errno that it failed with. */
export interface ForkedBatch extends ForkTimes {
  readonly pids: readonly number[];
}

/** Symbols that inspectLayout can be told to look for in place of the real ones. A fork never is. */
export type LayoutSymbol =
  | "platform"
  | "platformVtable"
  | "controlVtable"
  | "drain"
  | "shutdown"
  | "construct"
  | "threadCount"
  | "loopFork"
  | "queueWork"
  | "postTask";

/**
 * What src/native/fork.cc exports. Each throws a `NativeError` where a system call fails. Forks throw an Error with code
 * `ERR_FORKER_LAYOUT` or `ERR_FORKER_NOT_QUIET` where they would be unsafe, and with `ERR_FORKER_NOT_MAIN_THREAD` on any other
 * thread. Do not fork inside an I/O callback: parent and child would both handle the rest of the same batch of events.
 */
export interface ForkBinding {
  /** Looks for every symbol and object that the fork needs. Never changes anything. `threads`: how many V8 has. */
  inspectLayout(
    replaced?: Partial<Record<LayoutSymbol, string>>,
  ): { supported: true; threads: number } | { supported: false; reason: string };
  /** Forks `count` workers, 1 to 1,024, by way of an intermediate, so that they become init's children. */
  forkBatch(count: number, deadlineMs: number): ForkedBatch | Forked;
  /** Forks one child of our own, which dies with us. `fd` is its end of a pipe to us, or ours. `reap` waits for it. */
  forkChild(): (ForkTimes & { readonly childPid: number; readonly fd: number }) | (Forked & { readonly fd: number });
  /**
   * Dies with init from now on. Waits until the intermediate that forked us is gone and init has become our parent; throws
   * ESRCH when init is gone, ETIMEDOUT at the deadline. Call it after the last change of user, which would undo it.
   */
  tieLifeToParent(initPid: number, deadlineMs: number): void;
  /** In a forked child, once its listeners are in: what came in the meantime is delivered now. */
  unblockSignals(): void;
  /** process.pid is fixed at boot: in a forked child it is the template's. */
  currentPid(): number;
  /**
   * RAND_poll(3): OpenSSL draws from the system anew. It does so by itself where it sees another pid than before, which in
   * a PID namespace of its own a child need not have. Does nothing in a Node that does not export it.
   */
  reseedRandom(): void;
  /** libuv's count of requests in flight on this thread's loop: file system, DNS, connects, writes. */
  activeRequests(): number;
}
