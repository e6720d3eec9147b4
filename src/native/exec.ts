/** What src/native/exec.cc exports. Throws a `NativeError` where a system call fails. */
export interface ExecBinding {
  /**
   * Starts a command in a process group of its own, in the terminal's foreground, with default dispositions, and forwards
   * every signal to it (or to its group) from then on, CHLD, faults, TTIN and TTOU excepted. Returns its pid: it is ours to
   * wait for, libuv knows nothing of it. A command that cannot be executed is a NativeError of `execvp`.
   */
  startCommand(command: readonly string[], toGroup: boolean): number;
}
