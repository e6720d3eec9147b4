/** How long the steps of one fork took in the template. */
export interface ForkTimes {
  /** V8's threads finished their queued tasks and ended. */
  readonly drainMs: number;
  /** The heap was made inheritable, and the process forked. */
  readonly forkMs: number;
  /** V8's threads were started again. */
  readonly restartMs: number;
}

/** The result in a forked process. Its signals are blocked; its V8 and libuv work. */
export interface Forked {
  readonly index: number;
  readonly pid: number;
  /** The descriptors of the inherited connections: each now refers to a socket whose peer is closed. */
  readonly ended: readonly number[];
}

/** In the order of `index`: a worker's pid, or a negative errno if its fork failed. */
export interface ForkedBatch extends ForkTimes {
  readonly pids: readonly number[];
}

/** Symbols whose names a test can replace in inspectLayout. A fork always uses the real names. */
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
 * What src/native/fork.cc exports. Each throws a `NativeError` if a system call fails. Forks throw an Error with code
 * `ERR_FORKER_LAYOUT` or `ERR_FORKER_NOT_QUIET` if they would be unsafe, and with `ERR_FORKER_NOT_MAIN_THREAD` on any other
 * thread. Do not fork inside an I/O callback: parent and child would both handle the rest of the same batch of events.
 */
export interface ForkBinding {
  /** Looks for every symbol and object that the fork needs. Changes nothing. `threads`: the number of V8's threads. */
  inspectLayout(
    replaced?: Partial<Record<LayoutSymbol, string>>,
  ): { supported: true; threads: number } | { supported: false; reason: string };
  /**
   * Forks `count` workers (1 to 1,024) through an intermediate process, so that they become init's children. In a child, a
   * connection that it inherits is one that the server has closed, and a datagram socket is the child's own, except for the
   * standard streams and the `kept` descriptors.
   */
  forkBatch(count: number, deadlineMs: number, kept?: readonly number[]): ForkedBatch | Forked;
  /**
   * Forks one child of this process, which dies with it. `fd` is one end of a pipe from the child to the parent: each gets its
   * own. Wait for the child with `reap`. Inherited connections do not end there, but fall silent: the child is not to notice
   * anything.
   */
  forkChild(
    kept?: readonly number[],
  ): (ForkTimes & { readonly childPid: number; readonly fd: number }) | (Forked & { readonly fd: number });
  /**
   * Makes this worker die with init. Waits until the intermediate process has ended and init has become the parent. Throws ESRCH
   * if init has ended, ETIMEDOUT at the deadline. Call it after the last change of user, which would undo it.
   */
  tieLifeToParent(initPid: number, deadlineMs: number): void;
  /** Call it in a forked child when its listeners are installed: signals that arrived in the meantime are delivered now. */
  unblockSignals(): void;
  /** The current pid. Node reads process.pid once at boot, so in a forked child it is the template's. */
  currentPid(): number;
  /**
   * RAND_poll(3): OpenSSL seeds itself again from the system. It does so by itself if its pid has changed, but a child in its own
   * PID namespace may have the template's pid. Does nothing if this Node does not export the function.
   */
  reseedRandom(): void;
  /** libuv's count of requests in flight on this thread's loop: file system, DNS, connects, writes. */
  activeRequests(): number;
  /**
   * From now on, V8 gets new pages of its heap next to each other, not at random addresses. Throws a NativeError if the addresses
   * cannot be taken, for instance because of a limit (RLIMIT_AS).
   */
  beginDenseHeap(): void;
  /** Undoes beginDenseHeap(), for the pages that come. */
  endDenseHeap(): void;
  /** Merges small pages into huge ones where nearly all of them are in use. Returns the number of those: 0 without support. */
  makeHugePages(): number;
}
