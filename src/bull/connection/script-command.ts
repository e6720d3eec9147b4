import { ScriptEncoder } from "./script-encoder.ts";

/** What ioredis keeps of a script that a client has defined. */
export interface DefinedScript {
  readonly lua: string;
  readonly sha: string;
  /** Otherwise it is the first argument of each call. */
  readonly numberOfKeys?: number | null;
}

/** A script as this process sends it. All commands of the script share it, whichever client sends them. */
export class SentScript {
  readonly defined: DefinedScript;
  readonly encoder = new ScriptEncoder();
  /** The connections whose server knows the script by its hash. */
  readonly known = new WeakSet<object>();

  constructor(defined: DefinedScript) {
    this.defined = defined;
  }
}

/** BullMQ passes booleans as well. */
export type Argument = string | Buffer | number | boolean;

type Settle<Value> = (value: Value) => void;
const unset = () => {};

/**
 * A call of a script, with all that ioredis asks of a command of its own. ioredis creates three promises and four functions for each
 * call. V8 allocates two of these in its old generation, where they keep the command and its reply alive until the next full
 * collection (`CheckAssigningFunctionLiteralToProperty` in V8's `parser.h`).
 */
export class ScriptCommand {
  readonly promise: Promise<unknown>;
  readonly args: (string | Buffer)[];
  name = "evalsha";
  /** ioredis sets these, and reads them when it traces commands or loses a connection. */
  isTraced = false;
  isResolved = false;
  ignore = false;
  inTransaction = false;
  readonly #script: SentScript;
  readonly #send: (command: ScriptCommand) => void;
  #fulfil: Settle<unknown> = unset;
  #refuse: Settle<Error> = unset;
  #resolve: Settle<unknown> | undefined;
  #reject: Settle<Error> | undefined;
  #connection: object | undefined;

  /** `send`: sends the command again. */
  constructor(
    script: SentScript,
    args: readonly (Argument | null | undefined)[],
    send: (command: ScriptCommand) => void,
  ) {
    const { sha, numberOfKeys } = script.defined;
    this.#script = script;
    this.#send = send;
    this.args = typeof numberOfKeys === "number" ? [sha, String(numberOfKeys)] : [sha];
    for (const arg of args) this.args.push(asArgument(arg));
    this.promise = new Promise((resolve, reject) => {
      this.#fulfil = resolve;
      this.#refuse = reject;
    });
  }

  /** Tracers of commands replace these functions, and call them without `this`. */
  get resolve(): Settle<unknown> {
    return this.#resolve ?? ((reply) => this.#settle(textOf(reply)));
  }

  set resolve(resolve: Settle<unknown>) {
    this.#resolve = resolve;
  }

  get reject(): Settle<Error> {
    return this.#reject ?? ((error) => this.#fail(error));
  }

  set reject(reject: Settle<Error>) {
    this.#reject = reject;
  }

  /** Settles the command with a reply that is decoded already. */
  answer(reply: unknown): void {
    if (this.#resolve === undefined) this.#settle(reply);
    else this.#resolve(reply);
  }

  /** ioredis calls this for each connection that it sends the command on. */
  toWritable(connection: object): Buffer {
    const { defined, encoder, known } = this.#script;
    this.#connection = connection;
    const isKnown = known.has(connection);
    known.add(connection);
    this.name = isKnown ? "evalsha" : "eval";
    this.args[0] = isKnown ? defined.sha : defined.lua;
    return encoder.encode(this.name, this.args);
  }

  /** Scripts have no time limits, and their replies are always decoded in the same way. */
  setReplyContext(): void {}
  setTimeout(): void {}
  setBlockingTimeout(): void {}

  #settle(reply: unknown): void {
    this.isResolved = true;
    this.#fulfil(reply);
  }

  #fail(error: Error): void {
    if (!error.message.includes("NOSCRIPT") || this.#connection === undefined) return this.#refuse(error);
    // Redis has forgotten the script. The next call on this connection contains it again.
    this.#script.known.delete(this.#connection);
    this.#connection = undefined;
    this.#send(this);
  }
}

function asArgument(arg: Argument | null | undefined): string | Buffer {
  if (typeof arg === "string" || Buffer.isBuffer(arg)) return arg;
  return arg === null || arg === undefined ? "" : String(arg);
}

/** ioredis decodes strings as buffers. */
function textOf(reply: unknown): unknown {
  if (Buffer.isBuffer(reply)) return reply.toString("utf8");
  return Array.isArray(reply) ? reply.map(textOf) : reply;
}
