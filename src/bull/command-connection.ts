import { ConnectionWatch } from "./connection-watch.ts";
import type { Bull } from "./load-bull.ts";
import { type CommandClient, lastingClient } from "./new-client.ts";
import type { RedisTarget } from "./redis-target.ts";
import { findServerProblems, type ServerProblem } from "./server-info.ts";

export interface CommandConnectionHandlers {
  /** undefined when it is there, else why it is not; only when that changes. */
  changed(error: string | undefined): void;
  /** Once, after the first connection: what is wrong with the server. */
  checked(problems: readonly ServerProblem[]): void;
}

/** One connection for commands, that comes back as often as it is lost. */
export class CommandConnection {
  readonly client: CommandClient;
  readonly #watch: ConnectionWatch;

  constructor(bull: Bull, target: RedisTarget, handlers: CommandConnectionHandlers) {
    let isConnected: boolean | undefined;
    let isChecked = false;
    this.#watch = new ConnectionWatch(() => {
      const { connected, error } = this.#watch.state;
      if (connected === isConnected || (!connected && error === undefined)) return;
      isConnected = connected;
      handlers.changed(error);
      if (!connected || isChecked) return;
      isChecked = true;
      const { minimumVersion } = bull.api.RedisConnection;
      void findServerProblems(this.client, target, minimumVersion).then((problems) => handlers.checked(problems));
    });
    this.client = this.#watch.add(lastingClient(bull, target, "forker:keeper"));
  }

  close(): void {
    this.#watch.close();
    this.client.disconnect();
  }
}
