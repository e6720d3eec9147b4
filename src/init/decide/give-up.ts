import type { Action } from "../state/action.ts";
import type { ExitStatus } from "../state/event.ts";
import type { ProcessName } from "../state/process-name.ts";

/** The action that gives up a process which init cannot reap: see endWithoutExit. */
export function giveUp(
  role: ProcessName["role"],
  { id, pid }: { readonly id: number; readonly pid: number | undefined },
  status: ExitStatus,
): Extract<Action, { kind: "giveUp" }> {
  return { kind: "giveUp", process: { role, id }, status, pid };
}
