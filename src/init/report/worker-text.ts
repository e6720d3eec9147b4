import type { HealthSnapshot } from "../../admin/health.ts";
import type { Worker } from "../state/worker.ts";

/** What the worker does, as its own report and init's orders say. */
export function modeText({ state, startedAt, statusUpdate }: Worker): string {
  if (state === "killed") return "killed";
  if (startedAt === undefined) return "starting";
  return statusUpdate?.mode ?? "standby";
}

/** Why the worker does not do what its state says. */
export function troubleOf({ pid, slot, isSpare }: Worker, { slots }: HealthSnapshot): string | undefined {
  if (isSpare) return undefined;
  const snapshot = slots.find((one) => one.slot === slot)?.workers.find((one) => one.pid === pid);
  if (snapshot === undefined) return undefined;
  const { connected, connectionError, stuck, unkillable, doing } = snapshot;
  if (unkillable !== undefined) return unkillable;
  if (stuck !== undefined) return stuck;
  if (connected || (doing !== "taking" && doing !== "draining")) return undefined;
  return connectionError === undefined ? "waiting for Redis" : `waiting for Redis: ${connectionError}`;
}
