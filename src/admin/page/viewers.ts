import type { ServerResponse } from "node:http";

export interface ViewersOptions {
  /** At most this many at a time. */
  readonly most: number;
  /** How long a viewer may take to receive what was sent, before it is disconnected. */
  readonly patienceMs: number;
  /** What a viewer gets that knows nothing yet, or has missed something. */
  readonly whole: () => string;
  /** Called when the first one comes and when the last one leaves. */
  readonly watched: (isWatched: boolean) => void;
}

interface Viewer {
  readonly response: ServerResponse;
  /** It has everything up to the last event. */
  isCurrent: boolean;
  /** Since when it has not received what was sent. */
  slowSince: number | undefined;
}

/**
 * The pages that are open. A viewer that does not receive what was sent is sent nothing more, so for each one at most one event
 * waits in memory. When it has received that, it gets the whole state.
 */
export class Viewers {
  readonly #with: ViewersOptions;
  readonly #viewers = new Set<Viewer>();

  constructor(options: ViewersOptions) {
    this.#with = options;
  }

  get size(): number {
    return this.#viewers.size;
  }

  get isFull(): boolean {
    return this.#viewers.size >= this.#with.most;
  }

  add(response: ServerResponse): void {
    const viewer: Viewer = { response, isCurrent: false, slowSince: undefined };
    this.#viewers.add(viewer);
    response.on("error", () => response.destroy());
    response.on("close", () => {
      this.#viewers.delete(viewer);
      if (this.#viewers.size === 0) this.#with.watched(false);
    });
    if (this.#viewers.size === 1) this.#with.watched(true);
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" });
    this.#bringUpToDate(viewer);
  }

  /** Sends the event to those that have received all earlier ones; undefined: nothing has changed. */
  send(event: string | undefined, now: number): void {
    for (const viewer of this.#viewers) {
      if (viewer.response.writableNeedDrain) {
        viewer.slowSince ??= now;
        if (event !== undefined) viewer.isCurrent = false;
        if (now - viewer.slowSince >= this.#with.patienceMs) viewer.response.destroy();
        continue;
      }
      viewer.slowSince = undefined;
      if (!viewer.isCurrent) this.#bringUpToDate(viewer);
      else if (event !== undefined) viewer.response.write(event);
    }
  }

  /** Disconnects all. */
  close(): void {
    for (const { response } of this.#viewers) response.end();
  }

  #bringUpToDate(viewer: Viewer): void {
    viewer.response.write(this.#with.whole());
    viewer.isCurrent = true;
  }
}
