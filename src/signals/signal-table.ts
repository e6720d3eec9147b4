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
    initMeaning:
      "Stop now, as TERM does, even during a drain. From a terminal, a second INT kills the processes that are left.",
    worker: "stop",
    workerMeaning: "The same for this worker; a new one takes its slot.",
  },
  SIGTERM: {
    init: "stop",
    initMeaning:
      "Stop now: forker aborts each running job's AbortSignal, waits for `FORKER_STOP_TIMEOUT`, hands back the jobs that still run, and exits with 0. During a drain, the first TERM joins the drain and the second one stops the jobs.",
    worker: "stop",
    workerMeaning: "The same for this worker; a new one takes its slot.",
    joinsDrain: true,
  },
  SIGQUIT: {
    init: "drain",
    initMeaning:
      "Drain: running jobs finish, workers take no new ones, and forker exits with 0. Jobs that still run after `FORKER_DRAIN_TIMEOUT` are handed back.",
    worker: "drain",
    workerMeaning: "The same for this worker; a new one takes its slot.",
  },
  SIGUSR1: {
    init: "stopJobs",
    initMeaning: "Every worker stops its running jobs and continues with the next ones. Never opens the inspector.",
    worker: "stopJobs",
    workerMeaning: "The same for this worker.",
  },
  SIGHUP: {
    init: "reload",
    initMeaning:
      "Rolling reload: forker loads the application again, then replaces each worker when its successor is ready. Same PID.",
    worker: "drain",
    workerMeaning: "The worker drains; its successor is forked from the current template.",
  },
  SIGUSR2: {
    init: "suspend",
    initMeaning:
      "Suspend: running jobs finish, and workers take no new ones until CONT. Also applies to workers that start in the meantime.",
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
    initMeaning: "Add a worker: a copy of the last worker spec.",
    worker: undefined,
    workerMeaning: "Nothing.",
  },
  SIGTTOU: {
    init: "removeWorker",
    initMeaning: "Remove a worker: the last one drains. At least one worker remains, or can be added on demand.",
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
