import type { Schedule } from "../../machine/schedule.ts";
import type { Decision, Request } from "../../redis/model-options.ts";

/** What Redis does with the commands that arrive. */
export class Refusals {
  readonly #schedule: Schedule;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  decide(_request: Request): Decision {
    void this.#schedule;
    return "ok";
  }
}
