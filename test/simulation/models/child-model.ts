import type { Program, SimulatedProcess } from "../machine/simulated-process.ts";
import type { Container } from "./container.ts";
import { type LinkHandlers, ProcessLink } from "./process-link.ts";

/** What the models of init's children share: the channel to init, its faults, and timers that die with the process. */
export abstract class ChildModel<Incoming, Outgoing extends object> implements Program {
  readonly process: SimulatedProcess;
  protected readonly container: Container;
  #link: ProcessLink<Incoming, Outgoing> | undefined;
  /** When it connected. Infinity: it has not. */
  dialledAt = Infinity;
  /** A fault of its channel: init should kill it. */
  isFaulty = false;
  hungUpAt = Infinity;
  /** When it sent something that is not a message, for which init closes the channel. */
  invalidAt = Infinity;

  constructor(container: Container, process: SimulatedProcess) {
    this.container = container;
    this.process = process;
  }

  signalled(_signal: NodeJS.Signals): void {}

  ended(): void {
    this.#link?.close();
  }

  send(message: Outgoing): void {
    this.#link?.send(message);
  }

  /** Sends text that may not be a message. */
  sendText(text: string): void {
    this.#link?.sendText(text);
  }

  /** Closes its channel, and goes on. */
  hangUp(): void {
    if (this.#link === undefined) return;
    this.isFaulty = true;
    this.hungUpAt = Math.min(this.hungUpAt, this.now);
    this.#link.close();
  }

  after(ms: number, run: () => void): void {
    this.container.schedule.time.after(ms, this.process, run);
  }

  protected dial(token: string, handlers: LinkHandlers<Incoming>): void {
    this.dialledAt = this.now;
    this.#link = new ProcessLink(this.container, this.process, token, handlers);
  }

  protected exit(exitCode: number): void {
    this.container.machine.processEnded(this.process, { exitCode }, "itself");
  }

  protected get now(): number {
    return this.container.schedule.time.now;
  }
}
