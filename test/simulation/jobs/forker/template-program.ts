import type * as v from "valibot";
import { Channel } from "../../../../src/protocol/channel.ts";
import type { TemplateLaunchConfig } from "../../../../src/protocol/launch-config.ts";
import { fromTemplate, type InitToTemplate } from "../../../../src/protocol/messages.ts";
import type { Program, SimulatedProcess } from "../../machine/simulated-process.ts";
import { dialOf } from "./dial.ts";
import type { SimulatedForker } from "./simulated-forker.ts";

/** A template that always loads, and forks what it is ordered to fork. Its own faults are those of init's world. */
export class TemplateProgram implements Program {
  readonly #forker: SimulatedForker;
  readonly #process: SimulatedProcess;
  readonly #launch: TemplateLaunchConfig;
  #channel: Channel<InitToTemplate, v.InferOutput<typeof fromTemplate>> | undefined;

  constructor(forker: SimulatedForker, process: SimulatedProcess, launch: TemplateLaunchConfig) {
    this.#forker = forker;
    this.#process = process;
    this.#launch = launch;
    void this.#run();
  }

  signalled(): void {}

  ended(): void {
    this.#forker.processEnded(this.#process);
  }

  async #run(): Promise<void> {
    const { schedule, template } = this.#forker;
    const handlers = { message: (message: InitToTemplate) => this.#receive(message), closed: () => this.#exit() };
    const socket = await dialOf(this.#forker, this.#process)();
    const channel = new Channel(socket, handlers, undefined, "", fromTemplate);
    this.#channel = channel;
    channel.send({ kind: "hello", token: this.#launch.token, pid: this.#process.pid });
    channel.send({ kind: "trying" });
    this.#after(schedule.between(50, 300), () => channel.send(template.loadedMessage()));
  }

  #receive(message: InitToTemplate): void {
    if (message.kind === "retire") return this.#after(5, () => this.#exit());
    this.#after(this.#forker.schedule.between(2, 20), () => {
      const forked = message.workers.map((order) => {
        const child = this.#forker.machine.add("worker", false);
        this.#forker.execute(child, { ...this.#launch, role: "worker", engine: "fork", ...order });
        return { worker: order.worker, pid: child.pid };
      });
      const runners = (message.runners ?? []).map((order) => {
        const child = this.#forker.machine.add("runner", false);
        const { generation, settings, initPid, version } = this.#launch;
        this.#forker.execute(child, { role: "runner", generation, settings, initPid, version, ...order });
        return { runner: order.runner, pid: child.pid };
      });
      this.#channel?.send({ kind: "forked", workers: forked, ...(runners.length > 0 && { runners }) });
    });
  }

  #exit(): void {
    this.#forker.machine.processEnded(this.#process, { exitCode: 0 }, "itself");
  }

  #after(ms: number, run: () => void): void {
    this.#forker.schedule.time.after(ms, this.#process, run);
  }
}
