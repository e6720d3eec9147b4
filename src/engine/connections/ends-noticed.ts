import { readlinkSync } from "node:fs";
import { setImmediate, setTimeout } from "node:timers/promises";

const noticeTimeoutMs = 100;
const turnsWithoutPause = 20;

let areExpectedOpen: (() => boolean) | undefined;

/** Call it in a forked child, before its event loop turns. */
export function expectEnds(ended: readonly number[]): void {
  areExpectedOpen = ended.length === 0 ? undefined : openEnds(ended);
}

/** Call it before the event loop turns. The function says whether any of these connections, which have ended, is still open. */
export function openEnds(ended: readonly number[]): () => boolean {
  // They are all one socket, and nothing else is.
  const [first = -1] = ended;
  const target = targetOf(first);
  return () => ended.some((fd) => targetOf(fd) === target);
}

/**
 * Resolves when this process has closed the connections that have ended, so that no client takes one of them for usable. Does not
 * wait for a client that does not read its connection, and so does not notice.
 */
export async function endsNoticed(): Promise<void> {
  const areOpen = areExpectedOpen ?? (() => false);
  areExpectedOpen = undefined;
  const deadline = performance.now() + noticeTimeoutMs;
  for (let turn = 0; areOpen() && performance.now() < deadline; turn++)
    await (turn < turnsWithoutPause ? setImmediate() : setTimeout(1));
}

function targetOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}
