/** What src/native/restart.cc exports. Each throws a `NativeError` if a system call fails. */
export interface RestartBinding {
  /** Renames an environment variable, and keeps the exact bytes of its value. false: it is not set. */
  renameVariable(from: string, to: string): boolean;
  /** execve(2) with these arguments, as in startCommand(), and the current environment. Returns only by throwing. */
  restart(program: string, words: readonly string[]): never;
  /** Lets this thread write to its terminal from the background without raising TTOU (TOSTOP). */
  writeFromBackground(): void;
}
