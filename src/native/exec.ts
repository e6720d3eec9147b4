/** What src/native/exec.cc exports. Throws a `NativeError` if a system call fails. */
export interface ExecBinding {
  /**
   * Starts a command in its own process group, in the terminal's foreground, with default signal dispositions. From then on,
   * forwards every signal to it (or to its group) except CHLD, faults, TTIN and TTOU. Returns its pid. The caller must wait for
   * it, because libuv does not know it. Throws a NativeError of `execvp` if the command cannot be executed. A command that is the
   * tail of this process's command line gets its exact bytes, including those that are not UTF-8.
   */
  startCommand(command: readonly string[], toGroup: boolean): number;
  /** Ignores TTIN and TTOU, so that this process can write to the terminal and set its foreground group from the background. */
  ignoreTerminalStops(): void;
}
