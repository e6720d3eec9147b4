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

/** What src/native/process.cc exports. Each throws a `NativeError` where a system call fails. */
export interface ProcessBinding {
  /** prctl(PR_SET_CHILD_SUBREAPER): orphans below us become our children. Not inherited by children. */
  becomeSubreaper(): void;
  /** prctl(PR_SET_NO_NEW_PRIVS): for good, and for every child. This thread only: call it before others are started. */
  setNoNewPrivileges(): void;
  /** prctl(PR_SET_PDEATHSIG). Every change of user undoes it; 0 takes it back. */
  setParentDeathSignal(signal: number): void;
  /** waitpid(WNOHANG) for one child. undefined: it still runs. null: we have no such child. */
  reap(pid: number): NativeExit | undefined | null;
  /** waitpid(-1, WNOHANG): a child that has ended. undefined: none has. Only where libuv has started nobody. */
  reapAny(): ({ readonly pid: number } & NativeExit) | undefined;
  /** pidfd_open: a descriptor for this very process, which outlives its pid; it is closed on exec. */
  openProcess(pid: number): number;
  /** pidfd_send_signal: ESRCH once that process has been waited for, whoever has its pid by then. */
  signalProcess(fd: number, signal: number): void;
  /** SO_PEERCRED of a connected unix socket. */
  peerCredentials(fd: number): { readonly pid: number; readonly uid: number; readonly gid: number };
  /** malloc_trim(0): what was freed and lies in pages that hold nothing else goes back to the kernel. Takes milliseconds. */
  returnFreeMemory(): void;
  /** How many of so many threads (1 to 1,024) the system would let us start now; they are gone again when this returns. */
  threadHeadroom(wanted: number): number;
}

export function isNativeError(cause: unknown): cause is NativeError {
  return cause instanceof Error && (cause as Partial<NativeError>).code === "ERR_FORKER_NATIVE";
}
