import { once } from "node:events";
import net from "node:net";

/** Between the application and Redis: what a network does to connections. */
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
        // Redis has it, and does it. What it says of it reaches nobody.
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

  /** How much Redis has answered. */
  get bytesFromRedis(): number {
    return this.#fromRedis;
  }

  /** How many connections were refused. */
  get refused(): number {
    return this.#refused;
  }

  /** The next command with this text in it is done by Redis, and the connection breaks before its answer. */
  loseAnswerTo(text: string, lost = () => {}): void {
    this.#losing = text;
    this.#lost = lost;
  }

  get hasLost(): boolean {
    return this.#losing === undefined;
  }

  /** Answers that are on their way are lost, and neither side can tell what the other has had. */
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

  /** Connections stay, and nothing comes through. */
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
