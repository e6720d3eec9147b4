import type { Cluster, Command, Redis } from "ioredis";
import { ScriptCommand } from "./script-command.ts";

/**
 * ioredis encodes a command that has a binary argument argument by argument, which is the largest part of its cost. BullMQ packs
 * the options of its scripts, so each job has such a command. This makes a client encode all text between two binary arguments
 * at once.
 */
export function encodeByPart(client: Redis | Cluster): void {
  if ("nodes" in client) client.on("+node", (node: Redis) => encodeByPart(node));
  else {
    const send = client.sendCommand.bind(client);
    client.sendCommand = (command, stream) => {
      // A ScriptCommand encodes itself.
      if (!(command instanceof ScriptCommand) && command.args.some((arg) => Buffer.isBuffer(arg)))
        command.toWritable = toWritable;
      return send(command, stream);
    };
  }
}

function toWritable(this: Command, socket: object): Buffer {
  const all = this.args;
  const [first = ""] = all;
  const prototype = Object.getPrototypeOf(this) as Command;
  // The command of a script decides here whether to send the script or its hash, which is its name and its first argument.
  this.args = [first];
  prototype.toWritable.call(this, socket);
  const args = [...this.args, ...all.slice(1)];
  this.args = args;
  return encodeCommand(this.name, args as (string | Buffer)[]);
}

/** In the form of the Redis serialization protocol: a list of strings, each with its length in bytes. */
export function encodeCommand(name: string, args: readonly (string | Buffer)[]): Buffer {
  const parts: (string | Buffer)[] = [];
  let text = `*${args.length + 1}\r\n$${Buffer.byteLength(name)}\r\n${name}\r\n`;
  for (const arg of args) {
    if (typeof arg === "string") text += `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`;
    else {
      parts.push(`${text}$${arg.length}\r\n`, arg);
      text = "\r\n";
    }
  }
  parts.push(text);
  const lengths = parts.map((part) => Buffer.byteLength(part));
  const encoded = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if (typeof part === "string") encoded.write(part, at, "utf8");
    else part.copy(encoded, at);
    at += lengths[index] ?? 0;
  }
  return encoded;
}
