/** The replies of a server that has no jobs, by command. Others get the status OK. */
const replies: Readonly<Record<string, string>> = {
  // Only a part: what ioredis and BullMQ read.
  info: bulk("# Server\r\nredis_version:7.4.0\r\nmaxmemory_policy:noeviction\r\nloading:0\r\n"),
  hello: `%1\r\n${bulk("server")}${bulk("redis")}`,
  scan: `*2\r\n${bulk("0")}*0\r\n`,
  // BullMQ's answer to a worker that asks for a job where there is none.
  evalsha: "*4\r\n:0\r\n:0\r\n:0\r\n:0\r\n",
  hmget: "*2\r\n$-1\r\n$-1\r\n",
};

const connectionId = ":1\r\n";
const noElement = "*-1\r\n";

/** One connection to that server. `blocked` is called when a client waits for a job. */
export class Replies {
  readonly #blocked: () => void;
  readonly #unblockers: Set<() => void>;

  /** `unblockers`: those of all connections to this server. */
  constructor(blocked: () => void, unblockers: Set<() => void>) {
    this.#blocked = blocked;
    this.#unblockers = unblockers;
  }

  /** Calls `reply` once: at once, or for a command that blocks when another connection unblocks it. */
  answer([name = "", first = ""]: readonly string[], reply: (text: string) => void): void {
    const command = name.toLowerCase();
    if (command === "bzpopmin") {
      this.#unblockers.add(() => reply(noElement));
      this.#blocked();
    } else if (command === "client" && first.toLowerCase() === "unblock") {
      for (const unblock of this.#unblockers) unblock();
      this.#unblockers.clear();
      reply(":1\r\n");
    } else if (command === "client" && first.toLowerCase() === "id") reply(connectionId);
    else reply(replies[command] ?? "+OK\r\n");
  }
}

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
