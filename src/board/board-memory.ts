import { closeSync } from "node:fs";
import { addonProblem, native } from "../native/binding.ts";
import { boardBytes } from "./layout.ts";

/** init's own: the descriptor is for its children. */
export interface Board {
  readonly fd: number;
  readonly memory: ArrayBuffer;
}

/** The descriptor's number in a child that was given it: after the launch config's. */
export const boardFd = 4;

/** undefined: there is no addon, and workers tell by message what the board would. Throws a NativeError where the kernel refuses. */
export function createBoard(): Board | undefined {
  if (addonProblem() !== undefined) return undefined;
  const fd = native().createBoard(boardBytes);
  return { fd, memory: native().mapBoard(fd, boardBytes) };
}

/** A child's. The descriptor is closed: nothing that the application starts shall have it. */
export function openBoard(): ArrayBuffer {
  const memory = native().mapBoard(boardFd, boardBytes);
  closeSync(boardFd);
  return memory;
}
