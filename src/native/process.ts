/** What src/native/process.cc exports. Each throws a `NativeError` with `syscall` and `errno` where a system call fails. */
export interface ProcessBinding {
  /** prctl(PR_SET_CHILD_SUBREAPER): orphans below us become our children. */
  becomeSubreaper(): void;
}
