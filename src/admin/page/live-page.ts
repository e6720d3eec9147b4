import type { Clock } from "../../clock/monotonic.ts";
import { printableLines } from "../../text/printable.ts";
import { type Answer, type HttpRequest, type LiveAnswer, plainAnswer } from "../http-answer.ts";
import { isCrossSite } from "./cross-site.ts";
import { type Difference, differenceOf } from "./difference.ts";
import type { MemoryReadings } from "./memory-readings.ts";
import type { PageState, PageTotals, Throughput } from "./page-state.ts";
import { ThroughputHistory } from "./throughput-history.ts";
import { Viewers } from "./viewers.ts";

export interface LivePageDependencies {
  readonly clock: Clock;
  /** From init's memory, within a fraction of a millisecond. */
  readonly state: () => PageState;
  readonly totals: () => PageTotals;
  readonly memory: Pick<MemoryReadings, "start" | "stop">;
  /** Called when somebody begins to look, and when the last one has left. */
  readonly watched?: (isWatched: boolean) => void;
  /** An error of forker's own. */
  readonly failed: (cause: unknown) => void;
}

export const viewersAtMost = 20;
const updateMs = 1_000;
/** A comment that shows that the connection lives. */
const silenceMs = 15_000;
const patienceMs = 20_000;

/** The page's events: the whole state at first, then at most one difference a second. Without viewers it does nothing. */
export class LivePage {
  readonly #with: LivePageDependencies;
  readonly #history = new ThroughputHistory();
  readonly #viewers: Viewers;
  /** What turns the monotonic clock into milliseconds since 1970. */
  readonly #epochMs: number;
  #timer: NodeJS.Timeout | undefined;
  #shown: PageState | undefined;
  #shownThroughputAt = 0;
  #sentAt = 0;

  constructor(dependencies: LivePageDependencies) {
    this.#with = dependencies;
    this.#epochMs = Date.now() - dependencies.clock.now();
    this.#viewers = new Viewers({
      most: viewersAtMost,
      patienceMs,
      whole: () => this.#whole(),
      watched: (isWatched) => this.#watched(isWatched),
    });
  }

  /** Called at each turn of init's loop, which is at least once a second. */
  turned(now: number): void {
    this.#history.sample(this.epoch(now), this.#with.totals);
  }

  /** For an instant of the monotonic clock. */
  epoch(instant: number): number {
    return instant + this.#epochMs;
  }

  answer({ headers }: HttpRequest): Answer | LiveAnswer {
    if (isCrossSite(headers)) return plainAnswer(403, "the page of another site may not read this");
    if (this.#viewers.isFull)
      return plainAnswer(503, `${viewersAtMost} pages are open, and no more are served at a time: close one`);
    return { begin: (response) => this.#viewers.add(response) };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#with.memory.stop();
    this.#viewers.close();
  }

  #watched(isWatched: boolean): void {
    clearInterval(this.#timer);
    this.#shown = undefined;
    this.#shownThroughputAt = 0;
    this.#with.watched?.(isWatched);
    if (!isWatched) return this.#with.memory.stop();
    this.#with.memory.start();
    this.#timer = setInterval(() => this.#update(), updateMs);
  }

  #update(): void {
    try {
      const now = this.#with.clock.now();
      this.#viewers.send(this.#change(now) ?? this.#sign(now), now);
    } catch (cause) {
      this.#with.failed(cause);
    }
  }

  /** The state that all current viewers have: the one of the last update, so that the next difference fits every viewer. */
  #whole(): string {
    this.#shown ??= this.#with.state();
    const throughput = this.#history.after(0).filter(([at]) => at <= this.#shownAt());
    return eventText("state", { now: this.#now(), state: this.#shown, throughput });
  }

  #shownAt(): number {
    if (this.#shownThroughputAt === 0) this.#shownThroughputAt = this.#history.after(0).at(-1)?.[0] ?? 0;
    return this.#shownThroughputAt;
  }

  #change(now: number): string | undefined {
    const before = this.#shown;
    const after = this.#with.state();
    const change = before === undefined ? undefined : differenceOf(before, after);
    const throughput = this.#history.after(this.#shownAt());
    this.#shown = after;
    this.#shownThroughputAt = throughput.at(-1)?.[0] ?? this.#shownThroughputAt;
    if (change === undefined && throughput.every(isNothing)) return undefined;
    this.#sentAt = now;
    return eventText("change", { now: this.#now(), change: change ?? {}, throughput });
  }

  #sign(now: number): string | undefined {
    if (now - this.#sentAt < silenceMs) return undefined;
    this.#sentAt = now;
    return eventText("alive", { now: this.#now() });
  }

  #now(): number {
    return Math.round(this.epoch(this.#with.clock.now()));
  }
}

function isNothing([, ...rates]: Throughput): boolean {
  return rates.every((rate) => rate === 0);
}

interface EventData {
  readonly now: number;
  readonly state?: PageState;
  readonly change?: Difference;
  readonly throughput?: readonly Throughput[];
}

/** A JSON text has no line break, so it is one line of data. */
function eventText(name: "state" | "change" | "alive", data: EventData): string {
  return `event: ${name}\ndata: ${printableLines(JSON.stringify(data))}\n\n`;
}
