import { reasonOf } from "./reason.ts";

/** `TypeError: no such host at connect (/app/db.js:3:9)`: what was thrown, and where. */
export function thrownText(thrown: unknown): string {
  const frame = frameOf(thrown);
  const place = frame === undefined ? "" : ` at ${frame}`;
  return thrown instanceof Error ? `${thrown.name}: ${reasonOf(thrown)}${place}` : `${reasonOf(thrown)} (thrown)`;
}

/** ` (TypeError at connect (/app/db.js:3:9))`, to follow its message. */
export function thrownPlace(thrown: unknown): string {
  const frame = frameOf(thrown);
  return thrown instanceof Error && frame !== undefined ? ` (${thrown.name} at ${frame})` : "";
}

/** The first frame of the application's own code on the stack or, if there is none, of a package of its. */
function frameOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || typeof thrown.stack !== "string") return undefined;
  const frames = thrown.stack.split("\n").flatMap((line) => /^\s+at (.*)$/.exec(line)?.[1] ?? []);
  const theirs = frames.filter((frame) => /:\d+:\d+\)?$/.test(frame) && !/\bnode:/.test(frame) && !isOwn(frame));
  return theirs.find((frame) => !frame.includes("node_modules")) ?? theirs[0];
}

/** All of forker is one bundle. */
function isOwn(frame: string): boolean {
  return frame.includes(import.meta.filename);
}
