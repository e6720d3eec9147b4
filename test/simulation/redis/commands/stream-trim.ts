import { parseInteger } from "../data/number-text.ts";
import { parseId, type Stream } from "../data/stream.ts";
import { ReplyError, syntaxError } from "../reply.ts";
import { word } from "./command.ts";

interface TrimLimit {
  /** How many entries are kept. */
  readonly maximum: (stream: Stream) => number;
  readonly isApproximate: boolean;
}

/** Reads `MAXLEN|MINID [=|~] threshold [LIMIT count]` at `at`. `next` is the position after it. */
export function trimOptions(args: readonly string[], at: number): { limit: TrimLimit | undefined; next: number } {
  const strategy = args[at]?.toUpperCase();
  if (strategy !== "MAXLEN" && strategy !== "MINID") return { limit: undefined, next: at };
  const isMarked = args[at + 1] === "~" || args[at + 1] === "=";
  const isApproximate = args[at + 1] === "~";
  const threshold = word(args, at + (isMarked ? 2 : 1));
  let next = at + (isMarked ? 3 : 2);
  if (threshold === undefined) throw syntaxError();
  const maximum = strategy === "MAXLEN" ? maximumLength(threshold) : lengthFrom(threshold);
  if (args[next]?.toUpperCase() === "LIMIT") {
    if (!isApproximate) throw new ReplyError("ERR syntax error, LIMIT cannot be used without the special ~ option");
    parseInteger(word(args, next + 1) ?? "");
    next += 2;
  }
  return { limit: { maximum, isApproximate }, next };
}

function maximumLength(text: string): (stream: Stream) => number {
  const length = parseInteger(text);
  if (length < 0) throw new ReplyError("ERR The MAXLEN argument must be >= 0.");
  return () => length;
}

function lengthFrom(text: string): (stream: Stream) => number {
  const id = parseId(text, 0);
  return (stream) => stream.entries.length - stream.position(id);
}
