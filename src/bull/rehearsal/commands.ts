/** Reads commands as ioredis writes them: arrays of strings (redis.io/docs/latest/develop/reference/protocol-spec). */
export class CommandReader {
  #rest = Buffer.alloc(0);

  /** The commands that these bytes complete. */
  read(bytes: Buffer): string[][] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const commands: string[][] = [];
    for (;;) {
      const found = commandAt(this.#rest);
      if (found === undefined) return commands;
      commands.push(found.words);
      this.#rest = this.#rest.subarray(found.end);
    }
  }
}

/** undefined: the command is not complete. */
function commandAt(bytes: Buffer): { readonly words: string[]; readonly end: number } | undefined {
  let at = 0;
  const number = (): number | undefined => {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const value = Number(bytes.toString("latin1", at + 1, end));
    at = end + 2;
    return value;
  };
  const count = number();
  if (count === undefined) return undefined;
  const words: string[] = [];
  while (words.length < count) {
    const length = number();
    if (length === undefined || at + length + 2 > bytes.length) return undefined;
    words.push(bytes.toString("utf8", at, at + length));
    at += length + 2;
  }
  return { words, end: at };
}
