/** What a signal to init asks for. Whom `forward` goes to are the workers, where application code may listen. */
export type Order =
  | { readonly kind: Exclude<OrderKind, "forward"> }
  | { readonly kind: "forward"; readonly signal: NodeJS.Signals };

export type OrderKind =
  | "killNow"
  | "stop"
  | "drain"
  | "stopJobs"
  | "reload"
  | "suspend"
  | "resume"
  | "addWorker"
  | "removeWorker"
  | "forward";

/** What a signal to one worker's pid asks of that worker. `drain` and `stop` end it; init respawns it if it is wanted. */
export type WorkerOrderKind = "stop" | "drain" | PlainWorkerOrderKind;

/** Of these there is nothing more to say than their name. */
export type PlainWorkerOrderKind = "stopJobs" | "suspend" | "resume";

interface Row {
  readonly init: Exclude<OrderKind, "forward" | "killNow">;
  readonly initMeaning: string;
  readonly worker: WorkerOrderKind | undefined;
  readonly workerMeaning: string;
  /** The first one that comes together with a drain, or while one runs, joins the drain; the second one means now. */
  readonly joinsDrain?: true;
}

/**
 * The signals that mean something to forker, from the strongest to the weakest: init and the workers act on those that came
 * together in this order of strength. The tables in README.md and docs/SIGNALS.md are written from it.
 */
export const signalTable = {
  SIGINT: {
    init: "stop",
    initMeaning: "Stop now, as TERM does, also while a drain runs. From a terminal, a second INT kills what is left.",
    worker: "stop",
    workerMeaning: "The same for this worker; a new one takes its slot.",
  },
  SIGTERM: {
    init: "stop",
    initMeaning:
      "Stop now: jobs get their AbortSignal and `FORKER_STOP_TIMEOUT`; what is left is handed back, exit 0. While a drain runs, the first TERM joins it and the second means now.",
    worker: "stop",
    workerMeaning: "The same for this worker; a new one takes its slot.",
    joinsDrain: true,
  },
  SIGQUIT: {
    init: "drain",
    initMeaning:
      "Drain: running jobs finish, nothing new is taken, exit 0. What is left after `FORKER_DRAIN_TIMEOUT` is handed back.",
    worker: "drain",
    workerMeaning: "The same for this worker; a new one takes its slot.",
  },
  SIGUSR1: {
    init: "stopJobs",
    initMeaning: "Every worker stops its ongoing jobs and goes on with the next ones. Never opens an inspector.",
    worker: "stopJobs",
    workerMeaning: "The same for this worker.",
  },
  SIGHUP: {
    init: "reload",
    initMeaning:
      "Rolling reload: the application is loaded again, then one worker after another is replaced. Same PID.",
    worker: "drain",
    workerMeaning: "It drains, and is forked again from the current template.",
  },
  SIGUSR2: {
    init: "suspend",
    initMeaning: "Suspend: running jobs finish, nothing new is taken, until CONT. Survives respawn and reload.",
    worker: "suspend",
    workerMeaning: "The same for this worker.",
  },
  SIGCONT: {
    init: "resume",
    initMeaning: "Resume.",
    worker: "resume",
    workerMeaning: "The same for this worker.",
  },
  SIGTTIN: {
    init: "addWorker",
    initMeaning: "One worker more: a copy of the last worker spec.",
    worker: undefined,
    workerMeaning: "Nothing.",
  },
  SIGTTOU: {
    init: "removeWorker",
    initMeaning: "One worker fewer: the last one drains. One always stays.",
    worker: undefined,
    workerMeaning: "Nothing.",
  },
} as const satisfies Partial<Record<NodeJS.Signals, Row>>;

export type MeaningfulSignal = keyof typeof signalTable;

/** From the strongest to the weakest. */
export const meaningfulSignals = Object.keys(signalTable) as MeaningfulSignal[];

const rows: Readonly<Record<MeaningfulSignal, Row>> = signalTable;

/** The meaningful signals that have come, from the strongest to the weakest. */
export function meaningfulOf(arrived: ReadonlySet<NodeJS.Signals>): MeaningfulSignal[] {
  return meaningfulSignals.filter((signal) => arrived.has(signal));
}

export function joinsDrain(signal: MeaningfulSignal): boolean {
  return rows[signal].joinsDrain === true;
}

/** Those that a worker acts on when they are sent to its own pid. */
export type WorkerSignal = {
  [Signal in MeaningfulSignal]: (typeof signalTable)[Signal]["worker"] extends WorkerOrderKind ? Signal : never;
}[MeaningfulSignal];

/** From the strongest to the weakest. */
export const workerSignals = meaningfulSignals.filter(
  (signal): signal is WorkerSignal => signalTable[signal].worker !== undefined,
);

/** No meaning of ours: init passes them on to the workers. */
export const forwardedSignals = [
  "SIGALRM",
  "SIGVTALRM",
  "SIGWINCH",
  "SIGURG",
  "SIGIO",
  "SIGPWR",
  "SIGSTKFLT",
  "SIGXCPU",
  "SIGTSTP",
] as const satisfies readonly NodeJS.Signals[];

/**
 * What we do not listen for. SIGKILL and SIGSTOP nobody can. Node ignores SIGPIPE and SIGXFSZ, so that a write fails with
 * EPIPE or EFBIG; listening would change that, and taking the listener away would leave a default that kills. SIGPROF is
 * V8's profiler's, whose handler a listener would replace. The others are faults: a handler in JavaScript would return to the faulty instruction for ever.
 */
export const signalsLeftAlone = [
  "SIGKILL",
  "SIGSTOP",
  "SIGPIPE",
  "SIGXFSZ",
  "SIGPROF",
  "SIGABRT",
  "SIGBUS",
  "SIGFPE",
  "SIGILL",
  "SIGSEGV",
  "SIGSYS",
  "SIGTRAP",
] as const satisfies readonly NodeJS.Signals[];

/** Acted on by whoever forked or spawned; never an order. */
export const wakeSignal = "SIGCHLD" satisfies NodeJS.Signals;
