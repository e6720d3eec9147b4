/** A system call failed. */
export interface NativeError extends Error {
  readonly code: "ERR_FORKER_NATIVE";
  /** As in a manual page: `setgroups`, `prctl(PR_SET_PDEATHSIG)`. */
  readonly syscall: string;
  /** Positive, as in errno.h. */
  readonly errno: number;
  readonly errnoName: string;
}

/** How a process ended, in the kernel's numbers. */
export type NativeExit = { readonly exitCode: number } | { readonly signal: number };

/** What src/native/process.cc exports. Each throws a `NativeError` if a system call fails. */
export interface ProcessBinding {
  /** prctl(PR_SET_CHILD_SUBREAPER): orphaned descendants become children of this process. Children do not inherit this. */
  becomeSubreaper(): void;
  /**
   * prctl(PR_SET_NO_NEW_PRIVS): irrevocable, and inherited by every child. It applies to this thread, so call it before others
   * start.
   */
  setNoNewPrivileges(): void;
  /** prctl(PR_SET_PDEATHSIG). Every change of user undoes it; 0 clears it. */
  setParentDeathSignal(signal: number): void;
  /** waitpid(WNOHANG) for one child. undefined: it still runs. null: this process has no such child. */
  reap(pid: number): NativeExit | undefined | null;
  /** Sends SIGKILL to what is left of the process group of a child that has ended. Call it before the child is reaped. */
  endGroupOfEnded(pid: number): void;
  /** waitpid(-1, WNOHANG): a child that has ended. undefined: none. Only for a process in which libuv has started no child. */
  reapAny(): ({ readonly pid: number } & NativeExit) | undefined;
  /** pidfd_open: a descriptor that refers to this process even when its pid is in use again. It is closed on exec. */
  openProcess(pid: number): number;
  /** pidfd_send_signal: ESRCH once the process has been reaped, even if its pid is in use again. */
  signalProcess(fd: number, signal: number): void;
  /** SO_PEERCRED of a connected unix socket. */
  peerCredentials(fd: number): { readonly pid: number; readonly uid: number; readonly gid: number };
  /** malloc_trim(0): returns pages that hold only freed memory to the kernel. Takes milliseconds. */
  returnFreeMemory(): void;
  /** How many of `wanted` threads (1 to 1,024) the system lets this process start now. They have ended when this returns. */
  threadHeadroom(wanted: number): number;
  /** _exit(2): ends this process without the exit handlers of Node's and the libraries' C++. */
  endAtOnce(exitCode: number): never;
}

export function isNativeError(cause: unknown): cause is NativeError {
  return cause instanceof Error && (cause as Partial<NativeError>).code === "ERR_FORKER_NATIVE";
}
