/** Splits what a client writes into commands. Strings have one character for each byte. */
export class RequestParser {
  #rest = "";

  /** Returns the commands that are complete now. */
  push(chunk: string): string[][] {
    const text = this.#rest + chunk;
    const commands: string[][] = [];
    let at = 0;
    while (at < text.length) {
      const parsed = parseCommand(text, at);
      if (parsed === undefined) break;
      commands.push(parsed.words);
      at = parsed.end;
    }
    this.#rest = text.slice(at);
    return commands;
  }
}

/** Returns undefined if the command is incomplete. */
function parseCommand(text: string, start: number): { words: string[]; end: number } | undefined {
  if (text[start] !== "*")
    throw new Error(`expected an array of words, got ${JSON.stringify(text.slice(start, start + 40))}`);
  let at = text.indexOf("\r\n", start);
  if (at < 0) return undefined;
  const count = Number(text.slice(start + 1, at));
  at += 2;
  const words: string[] = [];
  for (let word = 0; word < count; word++) {
    const lineEnd = text.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const length = Number(text.slice(at + 1, lineEnd));
    const end = lineEnd + 2 + length;
    if (end + 2 > text.length) return undefined;
    words.push(text.slice(lineEnd + 2, end));
    at = end + 2;
  }
  return { words, end: at };
}

/** What ioredis writes, as bytes: it writes strings as UTF-8. */
export function toBytes(chunk: string | Buffer): string {
  if (typeof chunk !== "string") return chunk.toString("latin1");
  return /[^\0-\x7f]/.test(chunk) ? Buffer.from(chunk, "utf8").toString("latin1") : chunk;
}
