interface Difference {
  /** Of end, stdout and stderr, in this order. */
  readonly in: readonly string[];
  readonly because: string;
}

/** The scripts of the table that must differ, and why. One that no longer does is a failure as well. */
export const byDesign: Readonly<Record<string, Difference>> = {
  "library/random-looks-native": {
    in: ["stdout"],
    because: "Math.random is a generator that a child can seed anew: V8's own would draw the same in every child",
  },
  "process/session-and-group": {
    in: ["stdout"],
    because: "a worker leads a session of its own, so that a job that signals its process group means its own",
  },
  "process/threads": {
    in: ["stdout"],
    because:
      "Node's thread that waits for SIGUSR1 is not started again: USR1 is forker's, and never opens the inspector",
  },
  "process/time-origin": {
    in: ["stdout"],
    because: "performance.timeOrigin stays the template's: only Node could move it, and what counts from it, at once",
  },
  "signals/caught-ones": {
    in: ["stdout"],
    because: "the signal that tells a child of its new parent, SIGRTMAX, keeps a handler that does nothing",
  },
  "signals/usr1-opens-the-inspector": {
    in: ["stdout", "stderr"],
    because: "USR1 is forker's, and never opens the inspector",
  },
};
