import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { printableLines } from "../text/printable.ts";

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer that goes on until either side closes the connection. */
export interface LiveAnswer {
  /** Takes over the response. The server no longer limits how long the connection lasts. */
  readonly begin: (response: ServerResponse) => void;
}

export interface HttpRequest {
  readonly headers: IncomingHttpHeaders;
  /** undefined: the body is larger, or did not come whole. */
  readonly readBody: (mostBytes: number) => Promise<string | undefined>;
}

/** undefined: the path does not exist. */
export type Responder = (path: string, request: HttpRequest) => Promise<Answer | LiveAnswer | undefined>;

export function plainAnswer(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body: `${text}\n`, headers };
}

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, contentType: "application/json; charset=utf-8", body: `${printableLines(JSON.stringify(value))}\n` };
}
