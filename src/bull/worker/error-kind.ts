import type { Bull } from "../library/load-bull.ts";
import { movedError } from "../older/moved-error.ts";
import { defaultMessage } from "./minified-error.ts";

/*
 * By these errors a processor says what happens to its job. BullMQ knows them by their classes, and by their exact names. The
 * error of another copy of BullMQ, such as one inside the application's bundle, has another class, and a bundler may have
 * renamed it (UnrecoverableError2).
 */
const controls = ["DelayedError", "WaitingError", "WaitingChildrenError", "RateLimitError"] as const;
const final = "UnrecoverableError";
type Kind = (typeof controls)[number] | typeof final;

/** The messages that these errors have by default, for a bundle whose classes have no names. */
const messages: Readonly<Record<string, Kind>> = {
  "bullmq:movedToDelayed": "DelayedError",
  "bullmq:movedToWait": "WaitingError",
  "bullmq:movedToWaitingChildren": "WaitingChildrenError",
  "bullmq:rateLimitExceeded": "RateLimitError",
  "bullmq:unrecoverable": final,
};

/** Which of these errors of another copy of BullMQ this is; undefined: none. */
export function foreignKind(api: Bull["api"], error: Error): Kind | undefined {
  try {
    if (isOwn(api, error)) return undefined;
    const kinds: readonly string[] = [...controls, final];
    for (let one: unknown = Object.getPrototypeOf(error); one !== null; one = Object.getPrototypeOf(one)) {
      const Found = (one as object).constructor;
      const name = Found.name.replace(/^_+|[\d_]+$/g, "");
      if (kinds.includes(name)) return name as Kind;
      const kind = messages[defaultMessage(Found) ?? ""];
      if (kind !== undefined) return kind;
    }
    return messages[error.message];
  } catch {
    // The error is a proxy, for example.
    return undefined;
  }
}

/** Whether the job must not be retried: BullMQ's own rule, also for another copy. */
export function isFinal(api: Bull["api"], error: Error): boolean {
  return error instanceof api.UnrecoverableError || error.name === final || foreignKind(api, error) === final;
}

/** A control error of this copy of BullMQ in place of another copy's, and any other error as it is. */
export function ownControl(api: Bull["api"], error: Error): Error {
  const kind = foreignKind(api, error);
  if (kind === undefined || kind === final) return error;
  const Own = api[kind] as (typeof api)["DelayedError"] | undefined;
  return Object.assign(Own === undefined ? movedError(api) : new Own(), { cause: error });
}

/** What to pass to BullMQ so that it recognizes a final error of another copy. */
export function ownFinal(api: Bull["api"], error: Error): Error {
  if (foreignKind(api, error) !== final) return error;
  return finalOf(api, error);
}

/** An error with the same message and trace, after which BullMQ does not retry the job. */
export function finalOf(api: Bull["api"], { message, stack }: Error): Error {
  const own = new api.UnrecoverableError(message);
  if (stack !== undefined) own.stack = stack;
  return own;
}

function isOwn(api: Bull["api"], error: Error): boolean {
  return [...controls, final].some((name) => {
    const Own = api[name as Kind] as (abstract new (...call: never[]) => Error) | undefined;
    return Own !== undefined && error instanceof Own;
  });
}
