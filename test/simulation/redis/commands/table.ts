import { ReplyError } from "../reply.ts";
import { type Command, type CommandTable } from "./command.ts";
import { hashCommands } from "./hashes.ts";
import { keyCommands } from "./keys.ts";
import { listCommands } from "./lists.ts";
import { serverCommands } from "./server.ts";
import { setCommands } from "./sets.ts";
import { sortedSetCommands } from "./sorted-sets.ts";
import { streamCommands } from "./streams.ts";
import { stringCommands } from "./strings.ts";

const tables: readonly CommandTable[] = [
  stringCommands,
  keyCommands,
  hashCommands,
  listCommands,
  setCommands,
  sortedSetCommands,
  streamCommands,
  serverCommands,
];

const commands = new Map<string, Command>();
for (const [name, [arity, access, execute]] of tables.flatMap((table) => Object.entries(table)))
  for (const spelling of [name, name.toLowerCase()]) commands.set(spelling, { name, arity, access, execute });

/** A command that reads or writes keys, which a script may call as well. */
export function findCommand(name: string): Command | undefined {
  return commands.get(name) ?? commands.get(name.toUpperCase());
}

/** `words`: the number of words, including the command's name. */
export function checkArity({ name, arity }: Pick<Command, "name" | "arity">, words: number): void {
  if (arity >= 0 ? words !== arity : words < -arity)
    throw new ReplyError(`ERR wrong number of arguments for '${name.toLowerCase()}' command`);
}

export function unknownCommand(argv: readonly string[]): ReplyError {
  let shown = "";
  for (const arg of argv.slice(1)) {
    if (shown.length >= maximumShown) break;
    shown += `'${(arg.split("\0")[0] ?? "").slice(0, maximumShown - shown.length)}' `;
  }
  return new ReplyError(
    `ERR unknown command '${(argv[0] ?? "").slice(0, maximumShown)}', with args beginning with: ${shown}`,
  );
}

const maximumShown = 128;
