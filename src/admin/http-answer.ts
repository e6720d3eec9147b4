import { printableLines } from "../text/printable.ts";

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** undefined: the path does not exist. */
export type Responder = (path: string) => Promise<Answer | undefined>;

export function plainAnswer(status: number, text: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body: `${text}\n` };
}

export function jsonAnswer(status: number, value: unknown): Answer {
  return { status, contentType: "application/json; charset=utf-8", body: `${printableLines(JSON.stringify(value))}\n` };
}
