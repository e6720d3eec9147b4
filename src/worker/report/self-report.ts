import { isDeepStrictEqual } from "node:util";
import type { RowWriter } from "../../board/row-writer.ts";
import type { ConnectionState } from "../../bull/connection/connection-watch.ts";
import { monotonicClock } from "../../clock/monotonic.ts";
import type { WorkerLaunchConfig } from "../../protocol/launch-config.ts";
import type { WorkerMessage } from "../../protocol/messages.ts";
import type { HeldJobs } from "../jobs/held-jobs.ts";
import type { InitLink } from "../orders/init-link.ts";
import type { Mode } from "../orders/mode.ts";
import { type Suspension, statusUpdateOf } from "./status-update.ts";
import { titleOf } from "./title.ts";

/** What others see of a worker: its title, its row on the board, and its status update, which is sent to init when it changes. */
export class SelfReport {
  readonly #launch: WorkerLaunchConfig;
  readonly #held: HeldJobs;
  readonly #row: RowWriter | undefined;
  readonly #showTitle: (title: string) => void;
  #couldTake = false;
  #lastStatusUpdate: WorkerMessage | undefined;

  constructor(
    launch: WorkerLaunchConfig,
    held: HeldJobs,
    row: RowWriter | undefined,
    showTitle: (title: string) => void,
  ) {
    this.#launch = launch;
    this.#held = held;
    this.#row = row;
    this.#showTitle = showTitle;
  }

  /** `slot`: undefined for a spare. `link`: undefined until the worker has connected to init. */
  show(
    slot: number | undefined,
    mode: Mode,
    suspension: Suspension,
    state: ConnectionState | undefined,
    queues: readonly string[],
    link: Pick<InitLink, "send"> | undefined,
  ): void {
    const { generation, options } = this.#launch;
    const { spec } = options;
    const connected = state?.connected ?? false;
    this.#showTitle(titleOf({ slot, generation, patterns: spec.queues, mode, connected, held: this.#held.all }));
    if (mode === "ended" || link === undefined) return;
    this.#row?.mode(mode);
    if (mode === "taking" && connected && !this.#couldTake) this.#row?.ready(monotonicClock.now());
    this.#couldTake = mode === "taking" && connected;
    const statusUpdate = statusUpdateOf(mode, suspension, this.#held, state, queues);
    if (isDeepStrictEqual(statusUpdate, this.#lastStatusUpdate)) return;
    this.#lastStatusUpdate = statusUpdate;
    link.send(statusUpdate);
  }
}
