import type { Ask } from "../protocol/ask-message.ts";
import { Channel } from "../protocol/channel.ts";
import type { DrainReport } from "../protocol/drain-report.ts";
import { answerTimeoutMs, dialForker, hungUp, noAnswer } from "./client.ts";

/** How waiting for a drain ended, with the last report that was received. */
export type DrainEnd =
  | { readonly kind: "over"; readonly last: Required<DrainReport> }
  /** The client's own timeout passed; the drain continues. */
  | { readonly kind: "late"; readonly last: DrainReport | undefined }
  /** init has ended, or no longer responds, and has not reported how the drain ended. */
  | { readonly kind: "gone" | "silent"; readonly last: DrainReport };

/**
 * Asks for a drain, and waits until it has ended. Rejects if init never answered. The connection stays open: when it closes,
 * init knows that this process has ended, and init ends after it.
 */
export async function awaitDrain(timeoutMs: number | undefined, pid?: number): Promise<DrainEnd> {
  const socket = await dialForker(pid);
  const { promise, resolve, reject } = Promise.withResolvers<DrainEnd>();
  let last: DrainReport | undefined;
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => resolve({ kind: "late", last }), timeoutMs);
  const lose = (kind: "gone" | "silent", why: string) =>
    last === undefined ? reject(noAnswer(why)) : resolve({ kind, last });
  const channel = new Channel<DrainReport | { error: string }, { kind: "ask"; what: Ask }>(socket, {
    message: (report) => {
      if ("error" in report) {
        reject(noAnswer(report.error));
        return;
      }
      last = report;
      if (isLast(report)) resolve({ kind: "over", last: report });
    },
    closed: () => lose("gone", hungUp),
  });
  socket.setTimeout(answerTimeoutMs, () => lose("silent", `nothing within ${answerTimeoutMs / 1000} s`));
  channel.send({ kind: "ask", what: { name: "drain", wait: true } });
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    socket.setTimeout(0);
  }
}

function isLast(report: DrainReport): report is Required<DrainReport> {
  return report.exit !== undefined;
}
