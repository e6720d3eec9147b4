import { once } from "node:events";
import net from "node:net";

/** A proxy between the application and Redis that does to connections what a network can do. */
export class Proxy {
  readonly #server: net.Server;
  readonly #pairs = new Set<readonly [net.Socket, net.Socket]>();
  #losing: string | undefined;
  #lost: () => void = () => undefined;
  #refusing = 0;
  #holding = 0;
  #fromRedis = 0;
  #refused = 0;

  static async start(redisPort: number): Promise<Proxy> {
    const server = net.createServer({ allowHalfOpen: false }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Proxy(server, redisPort);
  }

  private constructor(server: net.Server, redisPort: number) {
    this.#server = server;
    server.on("connection", (near) => {
      if (this.#refusing > 0) {
        this.#refused += 1;
        near.on("error", () => undefined).resetAndDestroy();
        return;
      }
      const far = net.connect(redisPort, "127.0.0.1");
      const pair = [near, far] as const;
      this.#pairs.add(pair);
      for (const [one, other] of [pair, pair.toReversed()] as [net.Socket, net.Socket][]) {
        one.setNoDelay(true);
        one.on("error", () => undefined);
        one.on("close", () => {
          this.#pairs.delete(pair);
          other.destroy();
        });
        one.pipe(other);
        if (this.#holding > 0) one.pause();
      }
      far.on("data", ({ length }: Buffer) => {
        this.#fromRedis += length;
      });
      near.on("data", (chunk: Buffer) => {
        if (this.#losing === undefined || !chunk.includes(this.#losing)) return;
        this.#losing = undefined;
        // Redis receives the command and runs it. Its answer reaches no client.
        far.unpipe(near);
        far
          .once("data", () => {
            near.resetAndDestroy();
            this.#lost();
          })
          .resume();
      });
    });
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as net.AddressInfo).port}`;
  }

  /** The number of bytes that Redis has answered. */
  get bytesFromRedis(): number {
    return this.#fromRedis;
  }

  /** The number of refused connections. */
  get refused(): number {
    return this.#refused;
  }

  /** Redis runs the next command that contains this string, and the connection breaks before the answer. */
  loseAnswerTo(text: string, lost = () => {}): void {
    this.#losing = text;
    this.#lost = lost;
  }

  get hasLost(): boolean {
    return this.#losing === undefined;
  }

  /** Loses answers in transit, so that neither side knows what the other has received. */
  cut(): void {
    for (const [near, far] of this.#pairs) {
      near.resetAndDestroy();
      far.resetAndDestroy();
    }
  }

  async refuse(during: () => Promise<void>): Promise<void> {
    this.#refusing += 1;
    this.cut();
    await during();
    this.#refusing -= 1;
  }

  /** Keeps connections open and holds back all data. */
  async hold(during: () => Promise<void>): Promise<void> {
    this.#holding += 1;
    for (const pair of this.#pairs) for (const one of pair) one.pause();
    await during();
    this.#holding -= 1;
    if (this.#holding === 0) for (const pair of this.#pairs) for (const one of pair) one.resume();
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}
