import type { Health, SlotVerdict, Verdict } from "../protocol/status.ts";

/** What health is judged by: what init knows at one instant. */
export interface HealthSnapshot {
  readonly phase: "booting" | "running" | "draining" | "stopping";
  /** Every slot once had a worker that had started. */
  readonly isUp: boolean;
  /** Somebody has suspended all workers, and with them those that the demand would add. */
  readonly isSuspended: boolean;
  /** How long ago the supervisor's loop last turned. It turns at least once a second. */
  readonly sinceTurnMs: number;
  readonly slots: readonly SlotSnapshot[];
}

export interface SlotSnapshot {
  readonly slot: number;
  /** Two during a reload: the one that finishes its last jobs, and its successor. */
  readonly workers: readonly WorkerSnapshot[];
  /** Crashes in a row, and when the next worker may be started. */
  readonly crashes: number;
  readonly retryInMs: number;
}

export interface WorkerSnapshot {
  readonly pid: number | undefined;
  /** What init told it to do, and it has confirmed. */
  readonly doing: "starting" | "standby" | "taking" | "suspended" | "draining" | "stopping" | "killed";
  readonly connected: boolean;
  readonly connectionError: string | undefined;
  /** Why it does not do what it says it does. init replaces it, or tries its runners again. */
  readonly stuck: string | undefined;
  /** Why only a new container helps; undefined: no such problem is known. */
  readonly unkillable: string | undefined;
}

/** A loop that is later than this no longer turns: a heartbeat wakes it each second. */
const standstillMs = 10_000;

export function healthOf(snapshot: HealthSnapshot): Health {
  return { startup: startup(snapshot), ready: readiness(snapshot), live: liveness(snapshot) };
}

/**
 * The first generation is loaded, and every slot has had a worker that started, whether or not Redis is reachable. Once true, it
 * stays true.
 */
export function startup(snapshot: HealthSnapshot): Verdict {
  const slots = snapshot.slots.map(slotReadiness);
  if (snapshot.isUp) return verdict([], slots);
  if (snapshot.phase === "booting") return verdict(["the application is loading"], slots);
  const missing = slots.filter(({ state }) => state === "starting" || state.startsWith("no worker"));
  return verdict(
    missing.length === 0 ? [`forker was ${snapshot.phase} before every slot had started`] : missing.map(reasonOf),
    slots,
  );
}

/** Every slot takes jobs. A slot whose old worker finishes its last jobs in a reload counts as taking; a suspended slot does not. */
export function readiness(snapshot: HealthSnapshot): Verdict {
  const slots = snapshot.slots.map(slotReadiness);
  if (snapshot.phase !== "running" || (slots.length === 0 && !snapshot.isUp))
    return verdict([phaseText(snapshot)], slots);
  if (slots.length === 0 && snapshot.isSuspended) return verdict(["suspended"], slots);
  return verdict(slots.filter(({ ok }) => !ok).map(reasonOf), slots);
}

/** Ready, or not ready only because somebody suspended it: a restart would not help. */
export function isAsAsked(snapshot: HealthSnapshot): boolean {
  const { ok, slots } = readiness(snapshot);
  return (
    ok ||
    (snapshot.phase === "running" &&
      (slots.length > 0 || snapshot.isUp) &&
      slots.every((one) => one.ok || one.suspended))
  );
}

/**
 * Whether a new container is not needed. Redis, a drain, a suspension and crashes do not require one: init replaces a worker
 * that it can end. It is needed if init's loop stands still, or if there is a worker that init cannot end.
 */
export function liveness(snapshot: HealthSnapshot): Verdict {
  const reasons: string[] = [];
  if (snapshot.sinceTurnMs > standstillMs)
    reasons.push(`init's loop has not run for ${Math.round(snapshot.sinceTurnMs / 1000)} s`);
  const slots = snapshot.slots.map((slot): SlotVerdict => {
    const unkillable = slot.workers.find((worker) => worker.unkillable !== undefined);
    const { pid, state, suspended } = slotReadiness(slot);
    return unkillable === undefined
      ? { slot: slot.slot, pid, ok: true, state, suspended }
      : {
          slot: slot.slot,
          pid: unkillable.pid ?? null,
          ok: false,
          state: `unkillable: ${unkillable.unkillable}`,
          suspended,
        };
  });
  return verdict([...reasons, ...slots.filter(({ ok }) => !ok).map(reasonOf)], slots);
}

function verdict(reasons: readonly string[], slots: readonly SlotVerdict[]): Verdict {
  return { ok: reasons.length === 0, reason: reasons.length === 0 ? null : reasons.join("; "), slots };
}

function reasonOf({ slot, state }: SlotVerdict): string {
  return `slot ${slot}: ${state}`;
}

function phaseText({ phase }: HealthSnapshot): string {
  return phase === "booting" || phase === "running" ? "the application is loading" : phase;
}

function slotReadiness({ slot, workers, crashes, retryInMs }: SlotSnapshot): SlotVerdict {
  const best =
    workers.find(isTaking) ??
    workers.find(({ doing }) => doing === "suspended") ??
    workers.find(({ stuck }) => stuck !== undefined) ??
    workers.at(-1);
  if (best !== undefined) {
    const suspended = best.doing === "suspended" && best.stuck === undefined;
    return { slot, pid: best.pid ?? null, ok: isTaking(best), state: workerText(best), suspended };
  }
  const crashed =
    crashes === 0
      ? ""
      : `: ${crashes} ${crashes === 1 ? "crash" : "crashes in a row"}, the next try in ${(retryInMs / 1000).toFixed(1)} s`;
  return { slot, pid: null, ok: false, state: `no worker${crashed}`, suspended: false };
}

function isTaking({ doing, connected, stuck }: WorkerSnapshot): boolean {
  return connected && stuck === undefined && (doing === "taking" || doing === "draining");
}

function workerText({ doing, connected, connectionError, stuck }: WorkerSnapshot): string {
  if (stuck !== undefined) return stuck;
  if (connected || (doing !== "taking" && doing !== "draining")) return doing;
  return connectionError === undefined ? "waiting for Redis" : `waiting for Redis: ${connectionError}`;
}
