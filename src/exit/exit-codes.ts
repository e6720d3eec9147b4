/**
 * Exit codes are an API: orchestrators and scripts decide on them, so a number is never reused for something else.
 * Where sysexits.h has a number for the case, it is that number. docs/EXIT-CODES.md is held against this table.
 */
export const exitCodes = {
  /** Everything held was finished or handed back. */
  done: { code: 0, meaning: "Stopped as asked: every job was finished or handed back." },
  internal: { code: 1, meaning: "A fault in forker itself; the log line before it has the stack." },
  notReady: { code: 3, meaning: "`forker status --check`: not every slot is taking jobs." },
  notYet: { code: 4, meaning: "`forker stop-job`: the job was told to stop, and has not ended in time." },
  notDrained: { code: 5, meaning: "`forker drain --wait`: its own --timeout passed first; the drain goes on." },
  usage: { code: 64, meaning: "An option or subcommand that does not exist, or lacks its value." },
  badApp: {
    code: 65,
    meaning: "The application file was loaded, but does not define a forker (no processors, wrong types).",
  },
  noApp: { code: 66, meaning: "The application file cannot be found or read." },
  noUser: { code: 67, meaning: "FORKER_USER or forker.user() names a user or group that does not exist." },
  notHeld: { code: 68, meaning: "`forker stop-job`: no worker here holds the job." },
  noInit: { code: 69, meaning: "A subcommand found no running forker to talk to, or got no answer in time." },
  bootFailure: {
    code: 70,
    meaning: "The application failed to load, or setup() threw or took too long, at the first boot.",
  },
  system: {
    code: 71,
    meaning: "The operating system refused something needed: a socket, a process, a folder, memory.",
  },
  jobsNotHandedBack: {
    code: 74,
    meaning:
      "A job could be neither finished nor handed back (Redis was away for longer than its lock); BullMQ's stalled check will find it.",
  },
  crashLoop: {
    code: 75,
    meaning:
      "Every worker crashed, again and again, before it took a job: 5 times in a row at the first boot, 10 times once a worker had started.",
  },
  capability: {
    code: 76,
    meaning: "Started as root, but a capability that is needed to change user or to signal workers is missing.",
  },
  rootRefused: { code: 77, meaning: "Started as root with no user named. FORKER_USER=root says that it is meant." },
  badConfig: { code: 78, meaning: "An environment variable, WORKLOAD or a value set in setup() is malformed." },
  otherUser: {
    code: 79,
    meaning:
      "FORKER_USER or forker.user() names another user than the current one, and forker was not started as root.",
  },
  notExecutable: { code: 126, meaning: "`forker -- command`: the command was found, but cannot be executed." },
  notFound: { code: 127, meaning: "`forker -- command`: the command was not found." },
} as const satisfies Record<string, { code: number; meaning: string }>;

export type ExitName = keyof typeof exitCodes;

/** What a shell reports for a process that died of a signal, and so do we: 128 + its number. */
export function exitCodeOfSignal(signalNumber: number): number {
  return 128 + signalNumber;
}
