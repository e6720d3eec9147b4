import type { Bull } from "../library/load-bull.ts";
import { type ConnectionState, ConnectionWatch } from "./connection-watch.ts";
import { type CommandClient, persistentClient } from "./new-client.ts";
import type { RedisTarget } from "./redis-target.ts";
import { findServerProblems, type ServerProblem } from "./server-info.ts";

export interface CommandConnectionHandlers {
  /** Called at each change, and after each failed attempt even if nothing has changed. */
  changed(state: ConnectionState): void;
  /** Called once, after the first connection, with the problems of the server. */
  checked(problems: readonly ServerProblem[]): void;
}

/** One connection for commands, which reconnects whenever it is lost. */
export class CommandConnection {
  readonly client: CommandClient;
  readonly #watch: ConnectionWatch;

  constructor(bull: Bull, target: RedisTarget, handlers: CommandConnectionHandlers) {
    let isChecked = false;
    this.#watch = new ConnectionWatch(() => {
      const { state } = this.#watch;
      handlers.changed(state);
      if (!state.connected || isChecked) return;
      isChecked = true;
      const { minimumVersion } = bull.api.RedisConnection;
      void findServerProblems(this.client, target, minimumVersion).then((problems) => handlers.checked(problems));
    });
    this.client = this.#watch.add(persistentClient(bull, target, "forker:keeper"));
  }

  close(): void {
    this.#watch.close();
    this.client.disconnect();
  }
}
