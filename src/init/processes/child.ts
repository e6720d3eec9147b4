import type { Peer } from "../../admin/control-socket.ts";
import type { InitToKeeper } from "../../protocol/keeper-messages.ts";
import type { InitToTemplate, InitToWorker } from "../../protocol/messages.ts";
import type { Runner } from "../state/runner.ts";
import type { Link } from "./link.ts";
import type { Signallable } from "./process-table.ts";

interface Child<Outgoing> {
  readonly id: number;
  readonly link: Link<Outgoing>;
  /** undefined: it has not been launched yet. */
  process: Signallable | undefined;
}

export type TemplateChild = Child<InitToTemplate>;

export interface WorkerChild extends Child<InitToWorker> {
  /** The user that it must run as. */
  readonly uid: number;
  /** The template that was ordered to fork it. undefined: the worker is spawned. */
  readonly template: number | undefined;
}

/** It connects to its worker, and not to init. */
export interface RunnerChild {
  readonly id: number;
  /** The id of its worker. */
  readonly worker: number;
  /** The user that it must run as. */
  readonly uid: number;
  readonly template: number;
  /** As init ordered it. */
  readonly record: Runner;
  /** undefined: it has not been launched yet. */
  process: Signallable | undefined;
}

export type KeeperChild = Child<InitToKeeper>;

export type AnyChild = TemplateChild | WorkerChild | KeeperChild;

/** The process to send signals to. undefined: it has not been launched, or has ended. */
export function signallable({ link, process }: AnyChild): Signallable | undefined {
  return link.isReaped ? undefined : process;
}

/** Without the addon the peer is unknown, and the token alone identifies the child. */
export function isItself({ process }: AnyChild, peer: Peer | undefined): boolean {
  return peer === undefined || process?.pid === peer.pid;
}
