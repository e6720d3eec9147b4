import {
  forwardedSignals,
  joinsDrain,
  type MeaningfulSignal,
  meaningfulOf,
  type Order,
  signalTable,
} from "./signal-table.ts";

/** What init is doing when it handles the signals. */
export interface SignalContext {
  readonly phase: "booting" | "running" | "draining" | "stopping";
  /** A TERM has already joined the drain. */
  readonly termSeen: boolean;
  /** The signals come from a person at a terminal. */
  readonly interactive: boolean;
}

/**
 * Decides which orders a set of signals stands for, strongest first. Neither the sequence in which the signals arrived nor
 * how often each was sent matters. While init is leaving, it accepts only signals that make it leave sooner.
 */
export function decideOrders(context: SignalContext, arrived: ReadonlySet<NodeJS.Signals>): Order[] {
  const leave = decideToLeave(context, arrived);
  if (leave?.kind === "stop" || leave?.kind === "killNow") return [leave];
  const isLeaving = leave !== undefined || context.phase === "draining" || context.phase === "stopping";
  const others = meaningfulOf(arrived)
    .filter((signal) => !isCancelled(signal, context, arrived))
    .map((signal) => signalTable[signal].init)
    .filter((kind) => kind !== "drain" && kind !== "stop")
    .filter((kind) => !isLeaving || (kind === "stopJobs" && context.phase !== "stopping"))
    .map((kind): Order => ({ kind }));
  const forwards = forwardedSignals
    .filter((signal) => arrived.has(signal))
    .map((signal): Order => ({ kind: "forward", signal }));
  return [...(leave === undefined ? [] : [leave]), ...others, ...forwards];
}

/**
 * A TERM that arrives together with QUIT, or during a drain, joins the drain: the kubelet sends TERM as soon as a preStop
 * hook that sent QUIT returns. A second TERM stops. INT comes from a person: it always stops, and a second INT from a
 * terminal kills.
 */
function decideToLeave(context: SignalContext, arrived: ReadonlySet<NodeJS.Signals>): Order | undefined {
  const { phase, termSeen, interactive } = context;
  if (phase === "stopping") return interactive && arrived.has("SIGINT") ? { kind: "killNow" } : undefined;
  const stops = meaningfulOf(arrived).filter((signal) => signalTable[signal].init === "stop");
  if (stops.some((signal) => !joinsDrain(signal))) return { kind: "stop" };
  const isAskedToStop = stops.length > 0;
  if (phase === "draining") return isAskedToStop && termSeen ? { kind: "stop" } : undefined;
  if (asksToDrain(arrived)) return { kind: "drain" };
  return isAskedToStop ? { kind: "stop" } : undefined;
}

/** `termSeen` for the next set of signals: whether the next TERM is the second one. */
export function termSeenAfter(context: SignalContext, arrived: ReadonlySet<NodeJS.Signals>): boolean {
  const drains = context.phase === "draining" || asksToDrain(arrived);
  return context.termSeen || (drains && meaningfulOf(arrived).some(joinsDrain));
}

function asksToDrain(arrived: ReadonlySet<NodeJS.Signals>): boolean {
  return meaningfulOf(arrived).some((signal) => signalTable[signal].init === "drain");
}

/**
 * If USR2 and CONT, or TTIN and TTOU, arrive together, nothing shows which was sent first. USR2 wins, because it is always
 * intended, while CONT also comes unasked: a terminal that hangs up sends HUP and CONT. TTIN and TTOU cancel each other.
 */
function isCancelled(
  signal: MeaningfulSignal,
  { interactive }: SignalContext,
  arrived: ReadonlySet<NodeJS.Signals>,
): boolean {
  if (signal === "SIGCONT") return arrived.has("SIGUSR2") || (interactive && arrived.has("SIGHUP"));
  if (signal === "SIGTTIN") return arrived.has("SIGTTOU");
  return signal === "SIGTTOU" && arrived.has("SIGTTIN");
}
