import { closeSync } from "node:fs";
import { addonProblem, native } from "../native/binding.ts";
import { boardBytes } from "./layout.ts";

/** The board in init. Its children inherit the descriptor. */
export interface Board {
  readonly fd: number;
  readonly memory: ArrayBuffer;
}

/** The number of the descriptor in a child that inherits it: the one after the launch config's. */
export const boardFd = 4;

/**
 * Returns undefined if there is no addon: then workers report by message what the board would show. Throws a NativeError if the
 * kernel refuses.
 */
export function createBoard(): Board | undefined {
  if (addonProblem() !== undefined) return undefined;
  const fd = native().createBoard(boardBytes);
  return { fd, memory: native().mapBoard(fd, boardBytes) };
}

/** Maps the board in a child, and closes the descriptor so that processes started by the application do not inherit it. */
export function openBoard(): ArrayBuffer {
  const memory = native().mapBoard(boardFd, boardBytes);
  closeSync(boardFd);
  return memory;
}
