import { describeParkedClients, hasWaitingCommands } from "../bull/parking/parked-clients.ts";
import { openRequests } from "../engine/connections/open-requests.ts";
import { unansweredSockets } from "../engine/connections/unanswered-sockets.ts";
import { tracksTurns } from "../engine/progress/turns.ts";
import { beganWithWait, orderToWaits, waitedMs } from "../engine/progress/waits.ts";
import { type PendingTimer, pendingTimers } from "../engine/timers/pending-timers.ts";
import { holdBack } from "../engine/timers/template-timers.ts";
import { activeRequests } from "./active-resources.ts";
import { calmMs, type LoadState } from "./judge-load.ts";

/** What the loading itself knows. */
export interface LoadFacts {
  readonly isEvaluated: boolean;
  readonly workers: number;
  /** It may be a definition, whose clients connect in the template. */
  readonly waitsForDefinition: boolean;
  /** The application has called ready(). */
  readonly isAwaited: boolean;
  readonly timers: number;
  readonly others: readonly string[];
}

/** A timer that is longer limits something else. */
const longestLimitMs = 60_000;

/** The snapshot by which judgeLoad decides. */
export function loadState(facts: LoadFacts): Omit<LoadState, "calmMs" | "silentMs"> {
  const { isEvaluated, workers, others, timers } = facts;
  const pending = pendingTimers();
  return {
    isEvaluated,
    workers,
    wait: waitOf(facts),
    waitedMs: waitedMs(),
    requests: activeRequests(),
    since: {
      retries: pending.filter((one) => isNextStep(one) && one.isRetry).length,
      timers: pending.filter((one) => isNextStep(one) && !one.isRetry).length,
      answerAgesMs: answerAges(),
    },
    limit: pending.filter(limitsWait).toSorted((one, other) => one.dueInMs - other.dueInMs)[0],
    processes: others.filter((kind) => kind === "ProcessWrap").length,
    timers,
    others: others.length,
    mayGoOn: mayGoOn(facts, pending),
  };
}

/** The wait goes on in the workers, and with it the timers that may limit it. */
export function holdLimits(): void {
  for (const one of pendingTimers()) if (limitsWait(one)) holdBack(one.timer);
}

function waitOf({ waitsForDefinition, isAwaited, workers }: LoadFacts): LoadState["wait"] {
  if (waitsForDefinition) return "none";
  if (isAwaited || hasWaitingCommands()) return "known";
  return workers > 0 || describeParkedClients().length > 0 ? "possible" : "none";
}

/** The application set it together with such a wait or before: `Promise.race([redis.ping(), timeout(5_000)])`. */
function limitsWait({ turn, fires, isRetry, delayMs }: PendingTimer): boolean {
  if (fires !== "once" || delayMs > longestLimitMs) return false;
  if (beganWithWait(turn)) return true;
  // A timer that another timer has set is one of many, such as a heartbeat.
  return !isRetry && !turn.isOfTimer && orderToWaits(turn) !== "after";
}

/** The application goes on when it fires. rxjs and others set an interval for a single delay. */
function isNextStep({ turn, fires, isRetry, isReferenced }: PendingTimer): boolean {
  if (!isReferenced || beganWithWait(turn)) return false;
  return isRetry || (fires === "once" && !turn.isOfTimer && orderToWaits(turn) === "after");
}

/** Nothing happens on them once their servers have answered. */
const connections: ReadonlySet<string> = new Set(["TCPSocketWrap", "TLSWrap", "PipeWrap"]);

function mayGoOn({ timers, others }: LoadFacts, pending: readonly PendingTimer[]): boolean {
  if (!tracksTurns() || others.some((kind) => !connections.has(kind))) return true;
  if (openRequests().length + unansweredSockets().filter(({ fd }) => fd > 2).length > 0) return true;
  const later = pending.filter((one) => one.isReferenced && one.fires === "once" && one.dueInMs >= calmMs);
  return timers > later.length;
}

function answerAges(): number[] {
  const now = performance.now();
  // Standard output may be a pipe, which does not answer.
  const sockets = unansweredSockets().filter(({ fd }) => fd > 2);
  return [...openRequests(), ...sockets]
    .filter(({ beginning }) => orderToWaits(beginning.turn) !== "before")
    .map(({ beginning }) => now - beginning.atMs);
}
