import { readlinkSync } from "node:fs";
import { setImmediate, setTimeout } from "node:timers/promises";

const noticeTimeoutMs = 100;
const turnsWithoutPause = 20;

let expected: { readonly descriptors: readonly number[]; readonly target: string | undefined } | undefined;

/** Call it in a forked child, before its event loop turns. */
export function expectEnds(ended: readonly number[]): void {
  const [first] = ended;
  // They are all one socket, and nothing else is.
  expected = first === undefined ? undefined : { descriptors: ended, target: targetOf(first) };
}

/**
 * Resolves when this process has closed the connections that have ended, so that no client takes one of them for usable. Does not
 * wait for a client that does not read its connection, and so does not notice.
 */
export async function endsNoticed(): Promise<void> {
  if (expected === undefined) return;
  const { descriptors, target } = expected;
  expected = undefined;
  const deadline = performance.now() + noticeTimeoutMs;
  const isOpen = () => descriptors.some((fd) => targetOf(fd) === target);
  for (let turn = 0; isOpen() && performance.now() < deadline; turn++)
    await (turn < turnsWithoutPause ? setImmediate() : setTimeout(1));
}

function targetOf(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}
