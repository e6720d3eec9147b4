/**
 * Exit codes are an API: orchestrators and scripts depend on them, so a number is never reused for another meaning.
 * A case for which sysexits.h has a number uses that number. The table in docs/EXIT-CODES.md is made from this one.
 */
export const exitCodes = {
  done: { code: 0, meaning: "Stopped as requested: every job was finished or handed back." },
  internal: { code: 1, meaning: "A fault in forker itself; the last log line has the stack." },
  notReady: { code: 3, meaning: "`forker status --check`: not every slot is taking jobs." },
  notYet: {
    code: 4,
    meaning: "`forker stop-job`, also of a fleet: forker is stopping the job, but it has not ended in time.",
  },
  notDrained: {
    code: 5,
    meaning: "`forker drain --wait`: its --timeout passed before the drain ended; the drain continues.",
  },
  fleetIncomplete: {
    code: 6,
    meaning: "`forker fleet`: a forker has not answered in time, or has refused the order.",
  },
  usage: { code: 64, meaning: "An unknown option or subcommand, or an option without its value." },
  badApp: {
    code: 65,
    meaning:
      "The application file does not define a forker (no processors, wrong types). `forker init`: something in the project is malformed or not supported.",
  },
  noApp: { code: 66, meaning: "The application file, or the package.json of `forker init`, cannot be found or read." },
  noUser: { code: 67, meaning: "FORKER_USER or forker.user() names a user or group that does not exist." },
  notHeld: {
    code: 68,
    meaning: "`forker stop-job`: no worker of this forker holds the job. `forker fleet stop-job`: of no forker.",
  },
  noInit: {
    code: 69,
    meaning:
      "A subcommand found no running forker, or got no answer in time. `forker fleet`: Redis could not be reached, or no forker is announced there.",
  },
  bootFailure: {
    code: 70,
    meaning: "The application failed to load, or setup() threw or took too long, at the first boot.",
  },
  system: {
    code: 71,
    meaning: "The operating system refused a resource: a socket, an open file, a process, a folder, memory.",
  },
  jobsNotHandedBack: {
    code: 74,
    meaning:
      "A job could be neither finished nor handed back, because Redis refused that or was unreachable for longer than the job's lock lasts. Or init could not see whether a dead worker held jobs, and Redis did not say in time. Or init could neither kill a worker nor tell it to stop, so that the worker may have taken another job. BullMQ's stalled check will find the job.",
  },
  crashLoop: {
    code: 75,
    meaning:
      "Every worker crashed repeatedly before it took a job: 5 times in a row at the first boot, 10 times after a worker had started.",
  },
  capability: {
    code: 76,
    meaning: "Started as root, but without a capability that is needed to change the user or to signal workers.",
  },
  rootRefused: { code: 77, meaning: "Started as root, and no user is set. FORKER_USER=root allows it." },
  badConfig: {
    code: 78,
    meaning:
      "An environment variable, WORKLOAD or a value set in setup() is malformed, or the application's own Workers cannot run under one forker.",
  },
  otherUser: {
    code: 79,
    meaning:
      "FORKER_USER or forker.user() names a user other than the current one, and forker was not started as root.",
  },
  notExecutable: { code: 126, meaning: "`forker -- command`: the command was found, but cannot be executed." },
  notFound: { code: 127, meaning: "`forker -- command`: the command was not found." },
} as const satisfies Record<string, { code: number; meaning: string }>;

export type ExitName = keyof typeof exitCodes;

const lasting: ReadonlySet<ExitName> = new Set([
  "badApp",
  "noUser",
  "capability",
  "rootRefused",
  "badConfig",
  "otherUser",
]);

/** Whether this is a mistake that lasts until somebody changes something: a restarted process would make it again. */
export function isLasting(name: ExitName): boolean {
  return lasting.has(name);
}

/** The exit code for a process that died of a signal, as in a shell: 128 + its number. */
export function exitCodeOfSignal(signalNumber: number): number {
  return 128 + signalNumber;
}
