import type { Reply } from "./reply.ts";

/**
 * A deterministic model of one Redis server (7.0) in memory: the commands and scripts that BullMQ and forker send, on a clock that
 * the caller passes. It opens no socket, starts no timer of Node, and draws no random number.
 *
 *     const model = new RedisModel({ now: () => world.nowMs, setTimer: (delayMs, callback) => world.timer(delayMs, callback) });
 *     const reply = await model.connect().send(["SET", "key", "value"]);
 *     const client = new Redis({ Connector: streamConnector(() => model) });     // the real ioredis, see wire/stream-connector.ts
 */
export interface RedisModelOptions {
  /** The clock of the server, in milliseconds since the epoch. It may differ from the clocks of the processes. */
  readonly now: () => number;
  /** Calls back once, `delayMs` later by the server's clock. Returns a function that cancels it. */
  readonly setTimer: (delayMs: number, callback: () => void) => () => void;
  /** Decides what happens to each command that arrives. By default every command succeeds. */
  readonly decide?: ((request: Request) => Decision) | undefined;
  /**
   * Decides about each command that a script calls. A refusal leaves what the script has done before, as in Redis. It is called
   * often: leave it out unless it is needed.
   */
  readonly decideInScript?: ((request: Request) => "ok" | Refusal) | undefined;
  /** Sees each command that was executed, and its reply. */
  readonly observe?: ((request: Request, reply: Reply) => void) | undefined;
  /** How much of the past a failover may lose. 0, the default: the model keeps no past, and is faster. */
  readonly keepPastMs?: number | undefined;
}

/** A command, as decide() sees it. */
export interface Request {
  /** In capitals. */
  readonly name: string;
  /** The command's words, with one character for each byte. */
  readonly argv: readonly string[];
  readonly access: "read" | "write";
  readonly connectionId: number;
  /** The name that CLIENT SETNAME gave to the connection, or "". */
  readonly connectionName: string;
}

/** For example `{ refuse: refusals.BUSY }`. */
export interface Refusal {
  readonly refuse: string;
}

/**
 * - lose-before: the connection closes, and the command is not executed.
 * - lose-after: the command is executed, but the connection closes before its answer.
 * - delayMs: this command, and those behind it on its connection, wait. `then`: what happens after that ("ok" by default).
 */
export type Decision =
  | "ok"
  | "lose-before"
  | "lose-after"
  | Refusal
  | { readonly delayMs: number; readonly then?: Decision };

/**
 * - up: connections and commands are accepted.
 * - refused: nothing listens. New connections are refused; existing ones are closed.
 * - silent: the server is frozen or cut off. Nothing is answered; what was sent is executed when the server is up again.
 */
export type Reachability = "up" | "refused" | "silent";

/** The messages with which Redis refuses a command, by their code. */
export const refusals = {
  BUSY: "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.",
  NOPERM: "NOPERM this user has no permissions to run the 'evalsha' command",
  NOAUTH: "NOAUTH Authentication required.",
  NOREPLICAS: "NOREPLICAS Not enough good replicas to write.",
  OOM: "OOM command not allowed when used memory > 'maxmemory'.",
  READONLY: "READONLY You can't write against a read only replica.",
  LOADING: "LOADING Redis is loading the dataset in memory",
  MISCONF:
    "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk. Commands that may modify the data set are disabled, because this instance is configured to report errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the Redis logs for details about the RDB error.",
  CLUSTERDOWN: "CLUSTERDOWN The cluster is down",
  MASTERDOWN: "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  TRYAGAIN: "TRYAGAIN Multiple keys request during rehashing of slot",
  WRONGTYPE: "WRONGTYPE Operation against a key holding the wrong kind of value",
  MAXCLIENTS: "ERR max number of clients reached",
} as const;
