import type { FleetRule } from "../../protocol/fleet.ts";
import type { FetchMode } from "../orders/mode.ts";

interface FleetGateParts {
  /** Reads the rule, when Redis answers. */
  readonly rule: () => Promise<FleetRule>;
  /** Called with the rule: tell init, and suspend the worker if the rule says so. */
  readonly known: (rule: FleetRule) => void;
}

/** Keeps a worker from taking jobs until it knows whether the fleet is suspended, even if init does not know yet. */
export class FleetGate {
  #isClosed = false;

  async open({ rule, known }: FleetGateParts): Promise<void> {
    this.#isClosed = true;
    const found = await rule();
    this.#isClosed = false;
    known(found);
  }

  /** What the dispatcher may do meanwhile. */
  limit(mode: FetchMode): FetchMode {
    return this.#isClosed && mode === "take" ? "none" : mode;
  }
}
