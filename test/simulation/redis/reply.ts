/**
 * What a command answers. A string is a bulk string, with one character for each byte. In RESP2, a double is a bulk string,
 * and the entries of a map follow each other in one array.
 */
export type Reply =
  | number
  | bigint
  | string
  | null
  | Status
  | ReplyError
  | DoubleReply
  | MapReply
  | PairsReply
  | StreamsReply
  | Reply[];

export class Status {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An error that a client sees. `message` begins with its code: "WRONGTYPE Operation against …". */
export class ReplyError extends Error {
  constructor(message: string) {
    // Nothing reads where the model refused a command, and each connection has some commands refused.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(message);
    Error.stackTraceLimit = stackTraceLimit;
    this.name = "ReplyError";
  }
}

export class DoubleReply {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

export class MapReply {
  /** key, value, key, value … */
  readonly entries: Reply[];

  constructor(entries: Reply[]) {
    this.entries = entries;
  }
}

/** Pairs that follow each other in one array in RESP2, and are arrays themselves in RESP3. */
export class PairsReply {
  readonly pairs: (readonly [Reply, Reply])[];

  constructor(pairs: (readonly [Reply, Reply])[]) {
    this.pairs = pairs;
  }
}

/** What XREAD answers: a map from streams to entries in RESP3, an array of pairs in RESP2. */
export class StreamsReply {
  readonly streams: (readonly [Reply, Reply])[];

  constructor(streams: (readonly [Reply, Reply])[]) {
    this.streams = streams;
  }
}

export const ok = new Status("OK");
export const queued = new Status("QUEUED");

export const wrongType = () => new ReplyError("WRONGTYPE Operation against a key holding the wrong kind of value");
export const syntaxError = () => new ReplyError("ERR syntax error");
export const notAnInteger = () => new ReplyError("ERR value is not an integer or out of range");
export const notAFloat = () => new ReplyError("ERR value is not a valid float");
export const noSuchKey = () => new ReplyError("ERR no such key");
