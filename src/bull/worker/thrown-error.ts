import type { Thrown } from "../../protocol/runner-messages.ts";
import type { Bull } from "../library/load-bull.ts";
import { isFinal, ownControl } from "./error-kind.ts";
import { errorNamed } from "./error-named.ts";
import { errorOf } from "./error-of.ts";

/** How many causes of an error are passed on. */
const causesAtMost = 5;
const special: ReadonlySet<string> = new Set(["name", "message", "stack", "cause"]);

/** Describes what a processor has thrown, for the process that acts on it. */
export function describeThrown(api: Bull["api"], value: unknown, causes = causesAtMost): Thrown {
  const error = ownControl(api, errorOf(value));
  // They can be of any type.
  const { name, message, stack, cause }: { readonly [Part in "name" | "message" | "stack" | "cause"]?: unknown } =
    error;
  const fields = Object.fromEntries(Object.entries(error).filter(([key]) => !special.has(key)));
  const text = Object.keys(fields).length === 0 ? undefined : jsonOf(fields);
  const hasCause = cause !== undefined && causes > 0;
  return {
    name: String(name),
    message: String(message),
    ...(typeof stack === "string" && { stack }),
    ...(text !== undefined && { fields: text }),
    ...(hasCause && { cause: JSON.stringify(describeThrown(api, cause, causes - 1)) }),
    isFinal: isFinal(api, error),
  };
}

/** The same error in this process: of the same class, if BullMQ, forker or the language has it. */
export function thrownError(api: Bull["api"], { name, message, stack, fields, cause, isFinal: final }: Thrown): Error {
  const error = final ? new api.UnrecoverableError(message) : create(api, name, message);
  if (fields !== undefined) Object.assign(error, JSON.parse(fields));
  const inner = cause === undefined ? {} : { cause: thrownError(api, JSON.parse(cause) as Thrown) };
  for (const [key, value] of Object.entries({ name, stack, ...inner }))
    if (error[key as "name"] !== value)
      Object.defineProperty(error, key, { value, configurable: true, writable: true });
  return error;
}

function create(api: Bull["api"], name: string, message: string): Error {
  const Own = (api as unknown as Record<string, unknown>)[name] ?? (globalThis as Record<string, unknown>)[name];
  const isClass = typeof Own === "function" && Own.prototype instanceof Error && name !== "AggregateError";
  return isClass ? new (Own as ErrorConstructor)(message) : errorNamed(api, name, message);
}

function jsonOf(fields: object): string | undefined {
  try {
    return JSON.stringify(fields);
  } catch {
    return undefined;
  }
}
