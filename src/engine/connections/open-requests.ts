import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { type Beginning, beginningNow } from "../progress/beginning.ts";

/** What Node and undici publish about a request, and what they later note in it. */
interface HttpRequest {
  readonly destroyed: boolean;
  readonly upgradeOrConnect?: boolean;
  readonly res?: { readonly complete: boolean } | null;
  readonly host?: string;
}
interface UndiciRequest {
  readonly completed: boolean;
  readonly aborted: boolean;
  readonly upgrade?: unknown;
  readonly origin?: string | URL;
}
interface Http2Stream {
  readonly closed: boolean;
  readonly destroyed: boolean;
}

interface Open {
  readonly what: string;
  readonly beginning: Beginning;
  readonly isOver: () => boolean;
}

const requests = new Map<object, Open>();
/** Requests that are over are dropped when there are more than this, and at each question. */
const mostKept = 256;

function add(request: object, what: string, isOver: () => boolean): void {
  if (requests.size >= mostKept) dropFinished();
  requests.set(request, { what, beginning: beginningNow(), isOver });
}

function dropFinished(): void {
  for (const [request, { isOver }] of requests) if (isOver()) requests.delete(request);
}

/** By channel: how to see that a request is over. A connection that was upgraded, as for a WebSocket, has no requests any more. */
const channels: Readonly<Record<string, (message: unknown) => void>> = {
  "http.client.request.start"(message) {
    const { request } = message as { readonly request: HttpRequest };
    const isOver = () => request.destroyed || request.upgradeOrConnect === true || request.res?.complete === true;
    add(request, `an HTTP request to ${request.host ?? "a server"}`, isOver);
  },
  "undici:request:create"(message) {
    const { request } = message as { readonly request: UndiciRequest };
    const isOver = () => request.completed || request.aborted || Boolean(request.upgrade);
    add(request, `an HTTP request to ${request.origin?.toString() ?? "a server"}`, isOver);
  },
  "http2.client.stream.start"(message) {
    const { stream } = message as { readonly stream: Http2Stream };
    add(stream, "an HTTP/2 request", () => stream.closed || stream.destroyed);
  },
};

/** Call it in the template before the application loads. */
export function trackRequests(): void {
  for (const [name, note] of Object.entries(channels)) subscribe(name, note);
}

/** Call it in a forked child. */
export function forgetRequests(): void {
  for (const [name, note] of Object.entries(channels)) unsubscribe(name, note);
  requests.clear();
}

/** HTTP requests whose answers have not arrived in full. */
export function openRequests(): { readonly key: object; readonly what: string; readonly beginning: Beginning }[] {
  dropFinished();
  return [...requests].map(([key, { what, beginning }]) => ({ key, what, beginning }));
}
