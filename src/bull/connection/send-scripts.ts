import type { Cluster, Redis } from "ioredis";
import { type Argument, type DefinedScript, ScriptCommand, SentScript } from "./script-command.ts";

type Call = (this: Redis, ...args: unknown[]) => unknown;
type KeptScript = Partial<DefinedScript> & { readonly keyPrefix?: unknown };

interface Scripts {
  readonly scriptsSet?: Readonly<Record<string, KeptScript>>;
}

/** By ioredis's own object, which clients share: see share-commands.ts. */
const calls = new WeakMap<object, Call>();

/**
 * Makes a client send the scripts that are defined on it by commands of forker's. A Cluster has to find the node of each command, and
 * keeps ioredis's.
 */
export function sendScripts(client: Redis | Cluster): void {
  if ("nodes" in client) return;
  const define = client.defineCommand.bind(client);
  client.defineCommand = (name, definition) => {
    define(name, definition);
    const script = (client as Scripts).scriptsSet?.[name];
    const commands = client as unknown as Record<string, Call | undefined>;
    const given = commands[name];
    if (given === undefined || !isPlain(script)) return;
    let call = calls.get(script);
    if (call === undefined) {
      call = callOf(new SentScript(script), given);
      calls.set(script, call);
    }
    commands[name] = call;
  };
}

/** ioredis adds a prefix to the keys of others, or keeps them in another way. */
function isPlain(script: KeptScript | undefined): script is DefinedScript {
  if (script === undefined || Boolean(script.keyPrefix)) return false;
  return typeof script.lua === "string" && typeof script.sha === "string";
}

function callOf(script: SentScript, given: Call): Call {
  return function call(this: Redis, ...args) {
    if (needsOwn(this) || typeof args.at(-1) === "function") return given.apply(this, args);
    const send = (command: ScriptCommand) => void this.sendCommand(command as never);
    const command = new ScriptCommand(script, args.flat() as Argument[], send);
    send(command);
    return command.promise;
  };
}

/** A pipeline or a transaction takes over the functions of its client, and what they send has to be a command of ioredis's. */
function needsOwn(sender: Redis): boolean {
  const { enableAutoPipelining, showFriendlyErrorStack } = sender.options;
  return "isPipeline" in sender || enableAutoPipelining === true || showFriendlyErrorStack === true;
}
