import { setImmediate } from "node:timers/promises";
import type { Channel } from "../../protocol/channel.ts";
import { newLockOwner } from "../../protocol/instance-id.ts";
import type { ExitStatus } from "../state/event.ts";

/** How long init waits for the last messages of a process that has ended. They are already in a local socket. */
const lastWordsMs = 1_000;
/**
 * A child may have connected, sent messages and died before init accepts its connection, which is then in the listen queue.
 * One turn of the event loop accepts it and the next reads its hello. One more, because the current turn may be half over.
 */
const turnsToHear = 4;

/**
 * init's link to one child: its one-time token, its channel once it has connected, and its exit status once it was reaped.
 * Reports the exit only after the channel has closed too, so that init handles every message of a child before its exit.
 */
export class Link<Outgoing> {
  readonly token: string;
  readonly #ended: (status: ExitStatus) => void;
  #channel: Channel<unknown, Outgoing> | undefined;
  #waiting: Outgoing[] = [];
  #status: ExitStatus | undefined;
  #reported = false;

  constructor(ended: (status: ExitStatus) => void, token = newLockOwner(undefined)) {
    this.token = token;
    this.#ended = ended;
  }

  /** The process has been reaped: its pid may belong to another process by now. */
  get isReaped(): boolean {
    return this.#status !== undefined;
  }

  get isAttached(): boolean {
    return this.#channel !== undefined;
  }

  attach(channel: Channel<unknown, Outgoing>, welcome?: Outgoing): void {
    this.#channel = channel;
    if (welcome !== undefined) channel.send(welcome);
    for (const message of this.#waiting.splice(0)) channel.send(message);
  }

  /** Messages that are sent before the child has connected are queued for it. */
  send(message: Outgoing): void {
    if (this.#channel === undefined) this.#waiting.push(message);
    else this.#channel.send(message);
  }

  channelClosed(): void {
    this.#reportIfOver();
  }

  /** init no longer waits for this child. If it is alive after all, it exits because its channel closes. */
  abandon(): void {
    this.#reported = true;
    this.#channel?.abandon();
  }

  exited(status: ExitStatus): void {
    this.#status ??= status;
    if (this.#channel === undefined) void this.#listen();
    else this.#reportIfOver();
    if (!this.#reported) setTimeout(() => this.#report(), lastWordsMs);
  }

  async #listen(): Promise<void> {
    for (let turn = 0; turn < turnsToHear; turn++) await setImmediate();
    this.#reportIfOver();
  }

  #reportIfOver(): void {
    if (this.#channel === undefined || this.#channel.isClosed) this.#report();
  }

  #report(): void {
    if (this.#status === undefined || this.#reported) return;
    this.#reported = true;
    this.#channel?.abandon();
    this.#ended(this.#status);
  }
}
