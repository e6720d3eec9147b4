/** What src/native/exec.cc exports. Throws a `NativeError` where a system call fails. */
export interface ExecBinding {
  /**
   * Starts a command in a process group of its own, in the terminal's foreground, with default dispositions, and forwards
   * every signal to it (or to its group) from then on, CHLD, faults, TTIN and TTOU excepted. Returns its pid: it is ours to
   * wait for, libuv knows nothing of it. A command that cannot be executed is a NativeError of `execvp`. Where the command is
   * the end of our own command line, it gets the very bytes that we were given, also those that are not UTF-8.
   */
  startCommand(command: readonly string[], toGroup: boolean): number;
  /** TTIN and TTOU, in this process: from the background of a terminal it writes, and changes the foreground, unhindered. */
  ignoreTerminalStops(): void;
}
