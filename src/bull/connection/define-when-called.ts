import type { Redis } from "ioredis";

type Definition = Parameters<Redis["defineCommand"]>[1];

/**
 * Makes a client define each of its own commands when it is first called. BullMQ defines more than fifty scripts on each client,
 * and ioredis hashes each of them at once.
 */
export function defineWhenCalled(client: Redis): void {
  const waiting = new Map<string, Definition>();
  const define = client.defineCommand.bind(client);
  const commands = client as unknown as Record<string, (...given: unknown[]) => unknown>;
  const defineNow = (name: string) => {
    const definition = waiting.get(name);
    waiting.delete(name);
    if (definition !== undefined) define(name, definition);
  };
  client.defineCommand = (name, definition) => {
    waiting.set(name, definition);
    for (const command of [name, `${name}Buffer`])
      commands[command] = (...given) => {
        defineNow(name);
        return commands[command]?.(...given);
      };
  };
  // A pipeline has the commands that the client has defined when it is created.
  for (const method of ["pipeline", "multi"] as const) {
    const create = commands[method]?.bind(client);
    commands[method] = (...given) => {
      for (const name of waiting.keys()) defineNow(name);
      return create?.(...given);
    };
  }
}
