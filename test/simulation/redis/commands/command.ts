import type { Keyspace } from "../data/keyspace.ts";
import type { Reply } from "../reply.ts";

/** Executes a command. `args` are the words after its name. */
export type Execute = (keys: Keyspace, args: readonly string[]) => Reply;

export interface Command {
  readonly name: string;
  /** The number of words including the name; negative: at least this many. */
  readonly arity: number;
  readonly access: "read" | "write";
  readonly execute: Execute;
}

export type CommandTable = Readonly<
  Record<string, readonly [arity: number, access: Command["access"], execute: Execute]>
>;

/** An argument that the command's arity guarantees. */
export function word(args: readonly string[], at: number): string {
  return args[at] as string;
}
