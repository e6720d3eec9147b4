import { appendFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { Redis } from "ioredis";
import type { Proxy } from "../../support/proxy.ts";
import type { TestRedis } from "../../support/redis.ts";
import type { Container, Target } from "../sides/container.ts";
import type { Act, PlannedAct, Role } from "./acts.ts";

export interface MonkeyParts {
  readonly container: Container;
  readonly redis: TestRedis;
  readonly proxy: Proxy;
  readonly folder: string;
}

/** Carries out the plan on the processes that it finds, and keeps a log. */
export class Monkey {
  readonly log: Act[] = [];
  readonly #parts: MonkeyParts;
  readonly #ongoing = new Set<Promise<void>>();
  /** Only one act at a time kills, freezes or starts Redis. */
  #redis: Promise<void> = Promise.resolve();

  constructor(parts: MonkeyParts) {
    this.#parts = parts;
  }

  /** Resolves when the last act has ended and its effects have been undone. */
  async play(plan: readonly PlannedAct[]): Promise<void> {
    const began = performance.now();
    for (const act of plan) {
      await setTimeout(Math.max(0, began + act.atMs - performance.now()));
      const done: Promise<void> = this.#do(act).finally(() => this.#ongoing.delete(done));
      this.#ongoing.add(done);
    }
    await Promise.all(this.#ongoing);
  }

  async #do(act: PlannedAct): Promise<void> {
    const { container } = this.#parts;
    let target: Target | undefined;
    let missed: string | undefined;
    const { life } = container;
    let fromMs = Date.now();
    try {
      await this.#perform(act, {
        find: (role) => {
          const found = container.targets(role);
          target = found[Math.floor(act.pick * found.length)];
          if (target === undefined) throw new Missed(`no ${role} there`);
          fromMs = Date.now();
          return target;
        },
        now: () => {
          fromMs = Date.now();
        },
      });
    } catch (cause) {
      // The target ended before the act.
      if (!(cause instanceof Missed) && (cause as NodeJS.ErrnoException).code !== "ESRCH") throw cause;
      missed = (cause as Error).message;
    }
    const entry: Act = {
      ...act,
      fromMs,
      toMs: Date.now(),
      life,
      ...(target !== undefined && { pid: target.pid, title: target.commandLine }),
      ...(missed !== undefined && { missed }),
    };
    this.log.push(entry);
    appendFileSync(path.join(this.#parts.folder, "acts.jsonl"), `${JSON.stringify(entry)}\n`);
  }

  async #perform(act: PlannedAct, { find, now }: { find: (role: Role) => Target; now: () => void }): Promise<void> {
    const { proxy } = this.#parts;
    const pause = async () => await setTimeout(act.ms);
    const send = (role: Role, signal: NodeJS.Signals) => process.kill(find(role).outerPid, signal);
    const sendPair = async (role: Role, first: NodeJS.Signals, second: NodeJS.Signals) => {
      const { outerPid } = find(role);
      process.kill(outerPid, first);
      await pause();
      process.kill(outerPid, second);
    };
    switch (act.kind) {
      case "kill worker":
        return void send("worker", "SIGKILL");
      case "kill keeper":
        return void send("keeper", "SIGKILL");
      case "kill template":
        return void send("template", "SIGKILL");
      case "kill init":
        return void send("init", "SIGKILL");
      case "freeze worker":
        return await sendPair("worker", "SIGSTOP", "SIGCONT");
      case "freeze keeper":
        return await sendPair("keeper", "SIGSTOP", "SIGCONT");
      case "freeze template":
        return await sendPair("template", "SIGSTOP", "SIGCONT");
      case "freeze init":
        return await sendPair("init", "SIGSTOP", "SIGCONT");
      case "TERM to worker":
        return void send("worker", "SIGTERM");
      case "QUIT to worker":
        return void send("worker", "SIGQUIT");
      case "HUP to worker":
        return void send("worker", "SIGHUP");
      case "USR1 to worker":
        return void send("worker", "SIGUSR1");
      case "suspend worker":
        return await sendPair("worker", "SIGUSR2", "SIGCONT");
      case "kill runner":
        return void send("runner", "SIGKILL");
      case "freeze runner":
        return await sendPair("runner", "SIGSTOP", "SIGCONT");
      case "block runner":
        return this.#mischief(find("runner"), { act: "block", ms: act.ms });
      case "TERM to runner":
        return void send("runner", "SIGTERM");
      case "USR1 to runner":
        return void send("runner", "SIGUSR1");
      case "block event loop":
        return this.#mischief(find("worker"), { act: "block", ms: act.ms });
      case "eat memory":
        return this.#mischief(find("worker"), { act: "eat", ms: act.ms, mb: 200 });
      case "eat memory to the heap's limit":
        return this.#mischief(find("worker"), { act: "burst" });
      case "reload":
        return void send(this.#parts.container.targets("supervisor").length > 0 ? "supervisor" : "init", "SIGHUP");
      case "suspend all":
        return await sendPair("init", "SIGUSR2", "SIGCONT");
      case "stop all jobs":
        return void send("init", "SIGUSR1");
      case "one worker more, then fewer":
        return await sendPair("init", "SIGTTIN", "SIGTTOU");
      case "kill Redis":
        return await this.#withRedis(now, async (redis) => {
          await redis.kill();
          await pause();
          await redis.start();
        });
      case "freeze Redis":
        return await this.#withRedis(now, async (redis) => {
          redis.signal("SIGSTOP");
          await pause();
          redis.signal("SIGCONT");
        });
      case "CLIENT KILL one":
      case "CLIENT KILL all":
        return await this.#withRedis(now, async ({ port }) => await killClients(port, act));
      case "cut connections":
        return proxy.cut();
      case "refuse connections":
        return await proxy.refuse(pause);
      case "hold traffic":
        return await proxy.hold(pause);
    }
  }

  #mischief({ pid, outerPid }: Target, order: object): void {
    writeFileSync(path.join(this.#parts.folder, `mischief-${pid}`), JSON.stringify(order));
    process.kill(outerPid, "SIGWINCH");
  }

  async #withRedis(now: () => void, work: (redis: TestRedis) => Promise<void>): Promise<void> {
    const turn = this.#redis.then(async () => {
      now();
      await work(this.#parts.redis);
    });
    this.#redis = turn.catch(() => undefined);
    await turn;
  }
}

class Missed extends Error {}

async function killClients(port: number, { kind, pick }: PlannedAct): Promise<void> {
  const client = new Redis({ port, maxRetriesPerRequest: 20 });
  client.on("error", () => undefined);
  try {
    if (kind === "CLIENT KILL all") await client.call("CLIENT", "KILL", "TYPE", "normal");
    else {
      const list = String(await client.client("LIST"));
      const addresses = [...list.matchAll(/ addr=(\S+)/g)].map(([, address]) => address ?? "");
      const address = addresses[Math.floor(pick * addresses.length)] ?? "";
      await client.call("CLIENT", "KILL", address).catch(() => undefined);
    }
  } finally {
    client.disconnect();
  }
}
