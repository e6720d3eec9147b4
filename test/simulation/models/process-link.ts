import { isDeepStrictEqual } from "node:util";
import * as v from "valibot";
import { keeperMessage } from "../../../src/protocol/keeper-messages.ts";
import { templateMessage, workerMessage } from "../../../src/protocol/messages.ts";
import { user } from "../machine/machine.ts";
import type { SimulatedProcess } from "../machine/simulated-process.ts";
import { SimulatedSocket } from "../machine/simulated-socket.ts";
import type { Container } from "./container.ts";

export interface LinkHandlers<Incoming> {
  message(message: Incoming): void;
  /** init has closed the channel, or has ended. */
  closed(): void;
}

const schemas = { template: templateMessage, worker: workerMessage, keeper: keeperMessage } as const;
type ChildRole = keyof typeof schemas;

/** The forms of messages that have been checked. */
const checked = new Set<string>();

/** A field that the protocol does not know never reaches init, and whatever depends on it is not simulated. */
function checkForm(role: ChildRole, message: object): void {
  let form: string = role;
  for (const [name, value] of Object.entries(message)) form += ` ${name}=${name === "kind" ? value : typeof value}`;
  if (checked.has(form)) return;
  checked.add(form);
  const sent: unknown = JSON.parse(JSON.stringify(message));
  const received = JSON.parse(JSON.stringify(v.parse(schemas[role], sent)));
  if (!isDeepStrictEqual(received, sent)) throw new Error(`init does not receive all of ${JSON.stringify(sent)}`);
}

/** A process's own end of its channel to init. */
export class ProcessLink<Incoming, Outgoing extends object> {
  readonly #socket: SimulatedSocket;
  readonly #role: ChildRole;
  #text = "";
  #isOver = false;

  /** Connects, and sends the hello. init accepts it when its loop turns next. */
  constructor(
    { schedule, machine, supervisor }: Container,
    process: SimulatedProcess,
    token: string,
    handlers: LinkHandlers<Incoming>,
  ) {
    if (process.role === "init" || process.role === "runner")
      throw new Error(`a process with the role ${process.role} has no link to init`);
    this.#role = process.role;
    const [own, inits] = SimulatedSocket.pair(schedule, process, machine.init);
    this.#socket = own;
    own.on("data", (bytes: Buffer) => this.#read(bytes.toString(), handlers));
    const over = () => {
      if (this.#isOver) return;
      this.#isOver = true;
      own.destroy();
      handlers.closed();
    };
    own.on("end", over);
    own.on("error", over);
    const peer = { pid: process.pid, uid: user.uid };
    const greet = () => {
      if (!supervisor.channels.hello(token, peer, inits.asNodes, "")) inits.destroy();
    };
    schedule.time.after(0, machine.init, greet, schedule.rank());
  }

  send(message: Outgoing): void {
    checkForm(this.#role, message);
    this.sendText(`${JSON.stringify(message)}\n`);
  }

  sendText(text: string): void {
    if (!this.#isOver) this.#socket.write(text);
  }

  /** Closes the channel, which the process may survive. */
  close(): void {
    this.#isOver = true;
    this.#socket.destroy();
  }

  #read(text: string, handlers: LinkHandlers<Incoming>): void {
    this.#text += text;
    for (let end = this.#text.indexOf("\n"); end >= 0 && !this.#isOver; end = this.#text.indexOf("\n")) {
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      handlers.message(JSON.parse(line) as Incoming);
    }
  }
}
