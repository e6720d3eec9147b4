/** One line of a stack. */
export interface Frame {
  /** A path; `node:net` for Node's own. */
  readonly file: string;
  readonly line: number;
}

const depth = 24;

/** The stack of this moment, to be written out when it is asked for: most never are. */
export function captureFrames(): object {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = depth;
  const held = {};
  Error.captureStackTrace(held, captureFrames);
  Error.stackTraceLimit = stackTraceLimit;
  return held;
}

/** Whatever the application has put in place of V8's way to write a stack. */
export function framesOf(held: object): Frame[] {
  const written = Object.getOwnPropertyDescriptor(Error, "prepareStackTrace");
  Error.prepareStackTrace = (_error, sites) => sites.flatMap(frameOf);
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
  return file ? [{ file: file.replace(/^file:\/\//, ""), line: site.getLineNumber() ?? 0 }] : [];
}
