import type { Decision, Request } from "./model-options.ts";
import type { RedisModel } from "./redis-model.ts";
import { type Reply, ReplyError } from "./reply.ts";
import type { Protocol } from "./wire/encode-reply.ts";

interface Pending {
  readonly argv: readonly string[];
  readonly answer: (reply: Reply) => void;
}

/** A client's connection, with the state that the server keeps for it. */
export class Connection {
  readonly model: RedisModel;
  readonly id: number;
  name = "";
  database = 0;
  protocol: Protocol = 2;
  /** The commands since MULTI. */
  transaction: { commands: (readonly string[])[]; isBroken: boolean } | undefined;
  lastCommand = "NULL";
  readonly #pending: Pending[] = [];
  readonly #closeListeners = new Set<() => void>();
  #isBusy = false;
  #isClosed = false;

  constructor(model: RedisModel, id: number) {
    this.model = model;
    this.id = id;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Sends a command. Rejects if it is refused, or if the connection closes before the answer. */
  async send(argv: readonly (string | Buffer)[]): Promise<Reply> {
    const words = argv.map((word) => (typeof word === "string" ? Buffer.from(word, "utf8") : word).toString("latin1"));
    return await new Promise((resolve, reject) => {
      const forget = this.onClose(() => reject(new Error("the connection closed")));
      this.submit(words, (reply) => {
        forget();
        if (reply instanceof ReplyError) reject(reply);
        else resolve(reply);
      });
    });
  }

  /** The same for words with one character for each byte. Calls `answer` at once if the command is executed at once. */
  submit(argv: readonly string[], answer: (reply: Reply) => void): void {
    if (this.#isClosed) return;
    this.#pending.push({ argv, answer });
    this.resume();
  }

  /** Executes what has been sent, in order, unless a command waits. */
  resume(): void {
    while (!this.#isBusy && !this.#isClosed && this.model.reachability === "up") {
      const next = this.#pending.shift();
      if (next === undefined) return;
      const { decide } = this.model.options;
      this.#carryOut(next, decide === undefined ? "ok" : decide(this.#request(next.argv)));
    }
  }

  /** Returns a function that removes the listener. */
  onClose(listener: () => void): () => void {
    if (this.#isClosed) listener();
    else this.#closeListeners.add(listener);
    return () => this.#closeListeners.delete(listener);
  }

  /** Closes the connection, from either side. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.model.connections.delete(this);
    this.model.blocked.forget(this);
    for (const listener of this.#closeListeners) listener();
    this.#closeListeners.clear();
  }

  #request(argv: readonly string[]): Request {
    const { name, access } = this.model.executor.describe(argv);
    return { name, argv, access, connectionId: this.id, connectionName: this.name };
  }

  #carryOut(pending: Pending, decision: Decision): void {
    if (decision === "ok") this.#execute(pending);
    else if (decision === "lose-before") this.close();
    else if (decision === "lose-after") {
      this.#execute({ ...pending, answer: () => undefined });
      this.close();
    } else if ("refuse" in decision) {
      if (this.transaction !== undefined) this.transaction.isBroken = true;
      pending.answer(new ReplyError(decision.refuse));
    } else {
      this.#isBusy = true;
      this.model.options.setTimer(decision.delayMs, () => {
        this.#isBusy = false;
        if (!this.#isClosed) this.#carryOut(pending, decision.then ?? "ok");
        this.resume();
      });
    }
  }

  #execute({ argv, answer }: Pending): void {
    this.#isBusy = true;
    this.model.executor.execute(this, argv, (reply) => {
      this.#isBusy = false;
      this.model.options.observe?.(this.#request(argv), reply);
      answer(reply);
      this.resume();
    });
  }
}
