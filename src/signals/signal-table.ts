/** What a signal to init asks for. init forwards the signal of `forward` to the workers, where application code may listen. */
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

/** What a signal to a worker's pid asks of that worker. `drain` and `stop` end it; init replaces it if its slot still exists. */
export type WorkerOrderKind = "stop" | "drain" | PlainWorkerOrderKind;

/** Orders without parameters. */
export type PlainWorkerOrderKind = "stopJobs" | "suspend" | "resume";

interface Row {
  readonly init: Exclude<OrderKind, "forward" | "killNow">;
  readonly initMeaning: string;
  readonly worker: WorkerOrderKind | undefined;
  readonly workerMeaning: string;
  /** The first one that arrives with a drain order or during a drain joins the drain; the second one stops. */
  readonly joinsDrain?: true;
}

/**
 * The signals that have a meaning for forker, strongest first. init and the workers act on signals that arrive together in
 * this sequence. The tables in README.md and docs/SIGNALS.md are generated from it.
 */
export const signalTable = {
  SIGINT: {
    init: "stop",
    initMeaning: "Stop now, as TERM does, even during a drain. From a terminal, a second INT kills what is left.",
    worker: "stop",
    workerMeaning: "The same for this worker; a new one takes its slot.",
  },
  SIGTERM: {
    init: "stop",
    initMeaning:
      "Stop now: jobs get their AbortSignal and `FORKER_STOP_TIMEOUT`; what is left is handed back, exit 0. During a drain, the first TERM joins it and the second one stops.",
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
    workerMeaning: "The worker drains; its successor is forked from the current template.",
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
    initMeaning: "One worker fewer: the last one drains. At least one worker remains.",
    worker: undefined,
    workerMeaning: "Nothing.",
  },
} as const satisfies Partial<Record<NodeJS.Signals, Row>>;

export type MeaningfulSignal = keyof typeof signalTable;

/** Strongest first. */
export const meaningfulSignals = Object.keys(signalTable) as MeaningfulSignal[];

const rows: Readonly<Record<MeaningfulSignal, Row>> = signalTable;

/** The meaningful signals among those that have arrived, strongest first. */
export function meaningfulOf(arrived: ReadonlySet<NodeJS.Signals>): MeaningfulSignal[] {
  return meaningfulSignals.filter((signal) => arrived.has(signal));
}

export function joinsDrain(signal: MeaningfulSignal): boolean {
  return rows[signal].joinsDrain === true;
}

/** The signals that a worker acts on if they are sent to its pid. */
export type WorkerSignal = {
  [Signal in MeaningfulSignal]: (typeof signalTable)[Signal]["worker"] extends WorkerOrderKind ? Signal : never;
}[MeaningfulSignal];

/** Strongest first. */
export const workerSignals = meaningfulSignals.filter(
  (signal): signal is WorkerSignal => signalTable[signal].worker !== undefined,
);

/** Signals without a meaning for forker: init forwards them to the workers. */
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
 * Signals that forker does not listen for. No process can catch SIGKILL and SIGSTOP. Node ignores SIGPIPE and SIGXFSZ, so
 * that a write fails with EPIPE or EFBIG; a listener would change that, and removing it would restore a default that kills.
 * SIGPROF belongs to V8's profiler, whose handler a listener would replace. The others report a fault: a handler in
 * JavaScript would return to the faulting instruction forever.
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

/** Never an order: it wakes init, which then reaps. */
export const wakeSignal = "SIGCHLD" satisfies NodeJS.Signals;
