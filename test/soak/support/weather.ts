import { setTimeout } from "node:timers/promises";
import type { Draws } from "../../support/draws.ts";

type Gust = "suspend" | "more" | "stopJobs" | "reload" | "killTemplate";

interface Place {
  signal(signal: NodeJS.Signals): void;
  /** The log line to wait for, because USR2 and CONT that arrive together count as USR2. */
  asked(order: string): Promise<void>;
  killTemplate(): void;
}

const everyForks = 25;
/** Templates are replaced only in this part of the run, so that the growth of one template is visible before and after it. */
const replacing = [0.2, 0.4] as const;

/** What happens to init while it works, each once in this number of forks. */
export class Weather {
  readonly counts = new Map<Gust, number>();
  readonly #draws: Draws;
  #next = everyForks;
  #blowing = false;

  constructor(draws: Draws) {
    this.#draws = draws;
  }

  async at(forks: number, share: number, place: Place): Promise<void> {
    if (forks < this.#next || this.#blowing) return;
    this.#next = forks + everyForks;
    const mayReplace = share > replacing[0] && share < replacing[1];
    const gusts = { suspend: 3, more: 3, stopJobs: 2, reload: mayReplace ? 2 : 0, killTemplate: mayReplace ? 1 : 0 };
    const gust = this.#draws.pick<Gust>(gusts);
    this.counts.set(gust, (this.counts.get(gust) ?? 0) + 1);
    this.#blowing = true;
    await this.#blow(gust, place);
    this.#blowing = false;
  }

  async #blow(gust: Gust, place: Place): Promise<void> {
    const pauseMs = this.#draws.below(150);
    switch (gust) {
      case "suspend":
        place.signal("SIGUSR2");
        await place.asked("suspend");
        await setTimeout(pauseMs);
        return place.signal("SIGCONT");
      case "more":
        place.signal("SIGTTIN");
        await place.asked("addWorker");
        await setTimeout(pauseMs);
        return place.signal("SIGTTOU");
      case "stopJobs":
        return place.signal("SIGUSR1");
      case "reload":
        return place.signal("SIGHUP");
      case "killTemplate":
        return place.killTemplate();
    }
  }
}
