import type { Telemetry } from "bullmq";

/** What continues the current span in another process. undefined: the application traces nothing, or its tracing failed. */
export function traceContext(telemetry: Telemetry | undefined): string | undefined {
  if (telemetry === undefined) return undefined;
  const { contextManager } = telemetry;
  try {
    return contextManager.getMetadata(contextManager.active());
  } catch {
    return undefined;
  }
}

/** Runs a function whose spans continue the one of the other process. */
export function inTrace<Result>(
  telemetry: Telemetry | undefined,
  trace: string | undefined,
  run: () => Result,
): Result {
  const context = trace === undefined ? undefined : contextOf(telemetry, trace);
  return telemetry === undefined || context === undefined ? run() : telemetry.contextManager.with(context, run);
}

function contextOf(telemetry: Telemetry | undefined, trace: string): unknown {
  try {
    return telemetry?.contextManager.fromMetadata(telemetry.contextManager.active(), trace);
  } catch {
    return undefined;
  }
}
