interface Difference {
  /** Which of end, stdout and stderr differ, in this order. */
  readonly in: readonly string[];
  readonly because: string;
}

/** The scripts of the table that must differ, and why. A script that no longer differs is a failure too. */
export const byDesign: Readonly<Record<string, Difference>> = {
  "library/random-looks-native": {
    in: ["stdout"],
    because:
      "Math.random is a generator that a child can seed again: V8's own would draw the same values in every child",
  },
  "process/session-and-group": {
    in: ["stdout"],
    because: "a worker leads its own session, so a job that signals its process group reaches only its worker",
  },
  "process/threads": {
    in: ["stdout"],
    because:
      "Node's thread that waits for SIGUSR1 is not started again: forker uses USR1, which never opens the inspector",
  },
  "process/time-origin": {
    in: ["stdout"],
    because:
      "performance.timeOrigin stays the template's: only Node could change it together with everything that counts from it",
  },
  "signals/caught-ones": {
    in: ["stdout"],
    because: "SIGRTMAX, which informed the child of its new parent, keeps a handler that does nothing",
  },
  "signals/usr1-opens-the-inspector": {
    in: ["stdout", "stderr"],
    because: "forker uses USR1, which never opens the inspector",
  },
};
