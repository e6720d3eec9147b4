import type { Death, Deaths } from "./deaths.ts";
import type { JobHistory, Start } from "./history.ts";

/** Why a job started again. The last three break the guarantee. */
export type Why =
  | "retried as meant"
  | "its worker died"
  | "its worker died after the job's last line, before BullMQ had it"
  | "told to stop, and handed back"
  | "its worker lived on"
  | "it had ended, and its worker lived on"
  | "its process ended, and nothing had ended it";

export const brokenWhys: ReadonlySet<Why> = new Set([
  "its worker lived on",
  "it had ended, and its worker lived on",
  "its process ended, and nothing had ended it",
]);

export interface Restart {
  readonly why: Why;
  readonly before: Start;
  readonly after: Start;
  readonly death: Death | undefined;
  /** From the worker's death until the job waited in BullMQ again. */
  readonly backMs: number | undefined;
  /** From the worker's death until the job started again. */
  readonly againMs: number | undefined;
}

/** /proc is read every 50 ms, or less often on a busy machine: a death is seen late, never early. */
const seenLateMs = 300;

export function restartsOf(job: JobHistory, deaths: Deaths): Restart[] {
  return job.starts.slice(1).map((after, at) => {
    const before = job.starts[at] as Start;
    const seenMs = after.beganMs + seenLateMs;
    const death = deaths.ending(before, seenMs);
    const why = whyOf(before, after, death, deaths.hasCause(before, seenMs));
    const died = why.startsWith("its worker died") ? death : undefined;
    const back = job.books?.events.find(
      ({ event, prev, atMs }) =>
        event === "waiting" &&
        prev === "active" &&
        died !== undefined &&
        atMs >= died.atMs &&
        atMs <= after.beganMs + 1,
    );
    return {
      why,
      before,
      after,
      death,
      backMs: back === undefined || died === undefined ? undefined : back.atMs - died.atMs,
      againMs: died === undefined ? undefined : Math.max(0, after.beganMs - died.atMs),
    };
  });
}

function whyOf(before: Start, after: Start, death: Death | undefined, hasCause: boolean): Why {
  const hadDied = death !== undefined && death.atMs <= after.beganMs + seenLateMs;
  switch (before.end) {
    case "failed":
      return "retried as meant";
    case "aborted":
      return "told to stop, and handed back";
    case "ended":
      return hadDied && hasCause
        ? "its worker died after the job's last line, before BullMQ had it"
        : "it had ended, and its worker lived on";
    case undefined:
      if (!hadDied) return "its worker lived on";
      return hasCause ? "its worker died" : "its process ended, and nothing had ended it";
  }
}
