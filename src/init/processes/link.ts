import { setImmediate } from "node:timers/promises";
import type { Channel } from "../../protocol/channel.ts";
import { newLockOwner } from "../../protocol/instance-id.ts";
import type { ExitStatus } from "../state/event.ts";

/** How long the last words of a process that has ended may take to arrive. They lie in a local socket already. */
const lastWordsMs = 1_000;
/**
 * A child may have dialled, spoken and died before we took its connection: by then that lies in the socket's queue. One turn
 * of the event loop takes it, the next reads its hello; one more, because we may be in the middle of one.
 */
const turnsToHear = 4;

/**
 * init's end of one child: its one-time token, its channel once it has dialled, and its exit status once it was reaped.
 * `ended` is reported when both are over, so that nothing which a child said before its end is judged after it.
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

  get isAttached(): boolean {
    return this.#channel !== undefined;
  }

  attach(channel: Channel<unknown, Outgoing>, welcome?: Outgoing): void {
    this.#channel = channel;
    if (welcome !== undefined) channel.send(welcome);
    for (const message of this.#waiting.splice(0)) channel.send(message);
  }

  /** What is sent before the child has dialled waits for it. */
  send(message: Outgoing): void {
    if (this.#channel === undefined) this.#waiting.push(message);
    else this.#channel.send(message);
  }

  channelClosed(): void {
    this.#reportIfOver();
  }

  /** init no longer waits for it. Should it live after all, the end of its channel ends it. */
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
