import { fileURLToPath } from "node:url";

/** One line of a stack. */
export interface Frame {
  /** A path, or a name such as `node:net` for Node's own files. */
  readonly file: string;
  readonly line: number;
}

const depth = 24;

/**
 * Captures the current stack without formatting it, because most stacks are never read. With --frozen-intrinsics the limit cannot be
 * changed, and the stack is shorter.
 */
export function captureFrames(): object {
  const { stackTraceLimit } = Error;
  Reflect.set(Error, "stackTraceLimit", depth);
  const held = {};
  Error.captureStackTrace(held, captureFrames);
  Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  return held;
}

/** Returns the frames even if the application has replaced Error.prepareStackTrace. */
export function framesOf(held: object): Frame[] {
  const written = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  const asFrames = (_error: unknown, sites: NodeJS.CallSite[]) => sites.flatMap(frameOf);
  if (!Reflect.set(Error, "prepareStackTrace", asFrames)) return [];
  try {
    const frames = (held as { stack?: unknown }).stack;
    return Array.isArray(frames) ? (frames as Frame[]) : [];
  } finally {
    if (written === undefined) Reflect.deleteProperty(Error, "prepareStackTrace");
    else Object.defineProperty(Error, "prepareStackTrace", written);
  }
}

function frameOf(site: NodeJS.CallSite): Frame[] {
  const file = site.getFileName();
  return file ? [{ file: pathOf(file), line: site.getLineNumber() ?? 0 }] : [];
}

/** An ES module is named by its URL, in which a space and other characters are encoded. */
function pathOf(file: string): string {
  return file.startsWith("file://") ? fileURLToPath(file) : file;
}
