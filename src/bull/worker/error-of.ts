import { inspect } from "node:util";

/**
 * A processor can throw any value, and BullMQ and forker read it. A value that cannot be read (a proxy, a getter that throws,
 * an object that cannot be converted to a string) is replaced by a description. Never throws.
 */
export function errorOf(thrown: unknown): Error {
  try {
    const isError = thrown instanceof Error || (typeof thrown === "object" && thrown !== null && "message" in thrown);
    if (!isError) return new Error(String(thrown));
    const { message, name, stack } = thrown as Error;
    for (const part of [message, name, stack]) String(part);
    return thrown as Error;
  } catch {
    return new Error(describe(thrown));
  }
}

function describe(thrown: unknown): string {
  try {
    return inspect(thrown, { customInspect: false, depth: 1 });
  } catch {
    return "something that cannot be described";
  }
}
