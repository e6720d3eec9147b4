import {
  forwardedSignals,
  joinsDrain,
  type MeaningfulSignal,
  meaningfulOf,
  type Order,
  signalTable,
} from "./signal-table.ts";

/** What init is doing when the signals are looked at. */
export interface SignalContext {
  readonly phase: "booting" | "running" | "draining" | "stopping";
  /** A TERM has joined the drain already. */
  readonly termSeen: boolean;
  /** The signals come from a person at a terminal. */
  readonly interactive: boolean;
}

/**
 * What a set of signals asks for, as orders in a fixed order of strength. The set alone decides: not the order of its
 * members, nor how often each was sent. Once leaving has begun, only what makes it quicker is heard.
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
 * TERM that comes with QUIT, or while a drain runs, joins the drain: the kubelet sends it as soon as a preStop hook that
 * sent QUIT returns. A second TERM means now. INT is a person's: it always means now, and twice from a terminal, at once.
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

/** Whether the next TERM is the second one: `termSeen` for the batch after this one. */
export function termSeenAfter(context: SignalContext, arrived: ReadonlySet<NodeJS.Signals>): boolean {
  const drains = context.phase === "draining" || asksToDrain(arrived);
  return context.termSeen || (drains && meaningfulOf(arrived).some(joinsDrain));
}

function asksToDrain(arrived: ReadonlySet<NodeJS.Signals>): boolean {
  return meaningfulOf(arrived).some((signal) => signalTable[signal].init === "drain");
}

/**
 * USR2 and CONT together, TTIN and TTOU together: which came first is not to be known. USR2 is always meant, while CONT also
 * comes by the way (a terminal that hangs up sends HUP and CONT together), so USR2 holds; one worker more and one fewer
 * are none.
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
