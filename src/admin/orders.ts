import { createHash, timingSafeEqual } from "node:crypto";
import * as v from "valibot";
import type { StopJobAnswer } from "../protocol/ask-message.ts";
import { jobName } from "../protocol/fields.ts";
import type { JobName } from "../protocol/messages.ts";
import { jobText, printable } from "../text/printable.ts";
import { type Answer, type HttpRequest, plainAnswer } from "./http-answer.ts";
import { isCrossSite } from "./page/cross-site.ts";

/** Orders that are given over HTTP as if init had received a signal. docs/PAGE.md lists them. */
const signals = {
  suspend: "SIGUSR2",
  resume: "SIGCONT",
  reload: "SIGHUP",
  drain: "SIGQUIT",
  "add-worker": "SIGTTIN",
  "remove-worker": "SIGTTOU",
} as const;

/** `check` only shows whether the token is right. */
export const orderNames = [...Object.keys(signals), "stop-job", "check"];

export interface OrderDependencies {
  /** FORKER_HTTP_TOKEN. undefined: nobody may give orders. */
  readonly token: string | undefined;
  /** Whether init is about to exit: then it obeys nothing but `drain` and `stop-job`. */
  readonly isLeaving: () => boolean;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** Resolves when init knows how the job ended. */
  readonly stopJob: (job: JobName) => Promise<StopJobAnswer>;
  /** Somebody tried without the right to. */
  readonly refused: (why: string) => void;
}

const bodyBytes = 16 * 1024;
/** How long a request waits for the end of its job: less than the server allows for an answer. */
const stopAnswerMs = 4_000;

/** Obeys an order given over HTTP, or answers with one line that says why not. */
export async function obeyOrder(name: string, request: HttpRequest, dependencies: OrderDependencies): Promise<Answer> {
  const refusal = refusalOf(request, dependencies.token);
  if (refusal !== undefined) {
    dependencies.refused(refusal.body.trim());
    return refusal;
  }
  if (!orderNames.includes(name))
    return plainAnswer(404, `there is no order ${printable(name)}: try ${orderNames.join(", ")}`);
  if (name === "check") return plainAnswer(200, "the token is right");
  if (name === "stop-job") return await stopJob(request, dependencies);
  if (name !== "drain" && dependencies.isLeaving()) return plainAnswer(409, `${name}: init is about to exit`);
  dependencies.signal(signals[name as keyof typeof signals]);
  return plainAnswer(200, `${name}: init has the order`);
}

/** A site's page cannot set the header Authorization in a request to another site without asking first, and is never allowed to. */
function refusalOf({ headers }: HttpRequest, token: string | undefined): Answer | undefined {
  if (isCrossSite(headers)) return plainAnswer(403, "the page of another site may not give orders");
  if (token === undefined)
    return plainAnswer(403, "orders are off: set FORKER_HTTP_TOKEN or FORKER_HTTP_TOKEN_FILE to allow them");
  const [, given] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? "") ?? [];
  if (given === undefined) return unauthorized("expected a header Authorization: Bearer TOKEN, got none");
  return isSame(given, token) ? undefined : unauthorized("the token is not the one in FORKER_HTTP_TOKEN");
}

/** In a time that depends on neither text. */
function isSame(given: string, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}

function unauthorized(text: string): Answer {
  return plainAnswer(401, text, { "www-authenticate": 'Bearer realm="forker"' });
}

async function stopJob(request: HttpRequest, dependencies: OrderDependencies): Promise<Answer> {
  const text = await request.readBody(bodyBytes);
  if (text === undefined) return plainAnswer(413, `stop-job: expected a body of at most ${bodyBytes} bytes, got more`);
  const job = parseJob(text);
  if (job === undefined) return plainAnswer(400, 'stop-job: expected a body such as {"queue":"mail","id":"991"}');
  const named = jobText(job);
  const { promise: late, resolve } = Promise.withResolvers<StopJobAnswer>();
  const timer = setTimeout(() => resolve({ ended: "notYet" }), stopAnswerMs);
  const { ended } = await Promise.race([dependencies.stopJob(job), late]);
  clearTimeout(timer);
  switch (ended) {
    case "stopped":
      return plainAnswer(200, `stopped ${named}`);
    case "byItself":
      return plainAnswer(200, `${named} had ended by itself`);
    case "notYet":
      return plainAnswer(202, `forker is stopping ${named}, which has not ended yet`);
    case "notHeld":
      return plainAnswer(404, `no worker of this forker holds ${named}`);
  }
}

function parseJob(text: string): JobName | undefined {
  try {
    const parsed = v.safeParse(v.object(jobName.entries), JSON.parse(text));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}
