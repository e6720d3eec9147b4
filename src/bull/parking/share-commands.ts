import type { ClientPrototype, DefiningClient } from "./recognize-client.ts";

interface Defined {
  readonly definition: Readonly<Record<string, unknown>>;
  readonly keyPrefix: unknown;
  /** What ioredis has added to the client. None of it refers to that client. */
  readonly script: unknown;
  readonly text: unknown;
  readonly buffer: unknown;
}

/** BullMQ defines some 65. An application that makes up names does not fill the memory. */
const mostKept = 1_000;

/**
 * Makes the clients of one copy of ioredis share the commands that they define. Each Queue of BullMQ has a client, and defines all its scripts
 * there once that is connected: in every worker, a hash, a class and two functions for each script of each Queue. Those that the template
 * has defined, if only in a rehearsal, are there already.
 */
export function shareCommands({ methods }: ClientPrototype): void {
  const { defineCommand } = methods;
  if (typeof defineCommand !== "function") return;
  const known = new Map<string, Defined>();
  methods.defineCommand = function defineOrShare(this: DefiningClient, ...args) {
    const [name, definition] = args as [string, Defined["definition"]];
    const found = known.get(name);
    if (found !== undefined && isSame(found, this, definition)) return take(this, name, found);
    defineCommand.apply(this, args);
    const defined = definedBy(this, name, definition);
    if (defined !== undefined && known.size < mostKept) known.set(name, defined);
  };
}

function isSame({ definition, keyPrefix }: Defined, client: DefiningClient, given: Defined["definition"]): boolean {
  const names = Object.keys(given);
  if (client.options?.keyPrefix !== keyPrefix || names.length !== Object.keys(definition).length) return false;
  return client.scriptsSet !== undefined && names.every((one) => given[one] === definition[one]);
}

function take(client: DefiningClient, name: string, { script, text, buffer }: Defined): void {
  if (client.scriptsSet !== undefined) client.scriptsSet[name] = script;
  client[name] = text;
  client[bufferName(name)] = buffer;
}

/** undefined: this ioredis defines a command in another way. */
function definedBy(client: DefiningClient, name: string, definition: Defined["definition"]): Defined | undefined {
  const script = client.scriptsSet?.[name];
  const [text, buffer] = [name, bufferName(name)].map(
    (one) => Object.getOwnPropertyDescriptor(client, one)?.value as unknown,
  );
  if (script === undefined || typeof text !== "function" || typeof buffer !== "function") return undefined;
  return { definition: { ...definition }, keyPrefix: client.options?.keyPrefix, script, text, buffer };
}

/** The command whose replies are buffers. */
function bufferName(name: string): string {
  return `${name}Buffer`;
}
