/** What src/native/restart.cc exports. Each throws a `NativeError` where a system call fails. */
export interface RestartBinding {
  /** Gives an environment variable another name; its value keeps its bytes. False: there is none. */
  renameVariable(from: string, to: string): boolean;
  /** execve(2) with the very arguments of this process, and its environment of now. Returns only by throwing. */
  restart(program: string): never;
  /** This thread's writes to a terminal go through also from its background (TOSTOP), and raise no TTOU. */
  writeFromBackground(): void;
}
