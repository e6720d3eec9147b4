import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { formatHttpAddress, type HttpAddress } from "../config/http-address.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { printable } from "../text/printable.ts";
import { isAllowedHost } from "./allowed-host.ts";

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** undefined: there is no such path. */
export type Responder = (path: string) => Promise<Answer | undefined>;

export interface HttpLimits {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly silenceMs: number;
  /** From the request to the last byte that the client took. */
  readonly answerTimeoutMs: number;
  readonly headerBytes: number;
  readonly headers: number;
  readonly requestsPerConnection: number;
  /** How often node:http looks for connections that are late. */
  readonly lookMs: number;
}

/** What a client may take of init's time and memory. A probe needs milliseconds, and one connection. */
export const httpLimits: HttpLimits = {
  headersTimeoutMs: 3_000,
  requestTimeoutMs: 4_000,
  keepAliveTimeoutMs: 5_000,
  silenceMs: 5_000,
  answerTimeoutMs: 5_000,
  headerBytes: 8 * 1024,
  headers: 64,
  requestsPerConnection: 1_000,
  lookMs: 1_000,
};

export interface HttpServerOptions {
  /** Beyond it, the connection that has been waiting longest is closed: a flood of silent ones keeps no probe out. */
  readonly connections: number;
  /** FORKER_HTTP_HOSTS. */
  readonly hosts: readonly string[];
  readonly failed: (cause: unknown) => void;
  /** A request that named another host was not answered. */
  readonly refused: (host: string) => void;
  /** Shorter ones are for tests. */
  readonly limits?: HttpLimits;
}

const json = "application/json; charset=utf-8";
/** Before init supervises it is alive, and nothing else. */
const booting: Responder = (path) =>
  Promise.resolve(
    path === "/livez"
      ? { status: 200, contentType: json, body: '{"ok":true,"reason":null,"slots":[]}\n' }
      : { status: 503, contentType: json, body: '{"ok":false,"reason":"init boots","slots":[]}\n' },
  );

/**
 * A server for probes and scrapers, in init: GET and HEAD, no body, small answers. Whatever a client does or omits costs a
 * bounded number of connections for a bounded time, and never an exception.
 */
export class HttpServer {
  readonly #server: Server;
  /** Whoever came first is first. */
  readonly #waiting = new Set<Socket>();
  readonly #with: HttpServerOptions;
  readonly #answerTimeoutMs: number;
  #respond = booting;

  /**
   * Rejects with a ForkerError when the address cannot be had. Between this call and its outcome no connection is accepted:
   * there is no name to look up, and listening itself waits for nothing.
   */
  static async listen(address: HttpAddress, options: HttpServerOptions): Promise<HttpServer> {
    // Not at the top: only who is asked to listen pays for node:http.
    const { createServer } = await import("node:http");
    const { limits = httpLimits } = options;
    const server = createServer({
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.lookMs,
      maxHeaderSize: limits.headerBytes,
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) => reject(cannotListen(address, cause)));
      server.listen({ port: address.port, ...(address.host === undefined ? {} : { host: address.host }) }, resolve);
    });
    server.removeAllListeners("error");
    return new HttpServer(server, options, limits);
  }

  private constructor(server: Server, options: HttpServerOptions, limits: HttpLimits) {
    this.#server = server;
    this.#with = options;
    this.#answerTimeoutMs = limits.answerTimeoutMs;
    // A silent connection, which has not even begun a request.
    server.timeout = limits.silenceMs;
    server.maxHeadersCount = limits.headers;
    server.maxRequestsPerSocket = limits.requestsPerConnection;
    server.on("error", options.failed);
    server.on("connection", (socket) => this.#admit(socket));
    server.on("request", (request, response) => this.#take(request, response));
  }

  /** From now on. Until then init boots. */
  answerWith(respond: Responder): void {
    this.#respond = respond;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #admit(socket: Socket): void {
    this.#waiting.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#waiting.delete(socket));
    const [oldest] = this.#waiting;
    if (this.#waiting.size > this.#with.connections) oldest?.destroy();
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const late = setTimeout(() => request.socket.destroy(), this.#answerTimeoutMs);
    response.on("close", () => clearTimeout(late));
    response.on("error", () => request.socket.destroy());
    void this.#answer(request)
      .catch((cause: unknown) => {
        this.#with.failed(cause);
        return plain(500, "init failed to answer; its log has the reason");
      })
      .then((answer) => send(request, response, answer))
      .catch(() => request.socket.destroy());
  }

  async #answer({ method, url = "", headers: { host } }: IncomingMessage): Promise<Answer> {
    if (!isAllowedHost(host, this.#with.hosts)) return this.#refuse(host ?? "");
    if (method !== "GET" && method !== "HEAD") return plain(405, "GET and HEAD are all there is");
    const [path = ""] = url.split("?", 1);
    return (await this.#respond(path)) ?? plain(404, "try /livez, /readyz, /startupz, /status or /metrics");
  }

  #refuse(host: string): Answer {
    this.#with.refused(host);
    return plain(421, `${printable(host)} is no name of this server: FORKER_HTTP_HOSTS names those that are`);
  }
}

function send(request: IncomingMessage, response: ServerResponse, { status, contentType, body }: Answer): void {
  if (response.destroyed) return;
  const hasBody = request.headers["content-length"] !== undefined || "transfer-encoding" in request.headers;
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    ...(status === 405 ? { allow: "GET, HEAD" } : {}),
    // A body is not read, so nothing can follow it.
    ...(hasBody || status === 405 ? { connection: "close" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function plain(status: number, text: string): Answer {
  return { status, contentType: "text/plain; charset=utf-8", body: `${text}\n` };
}

/** Errno by errno: who has the port, or the right to it, is for the user to settle. */
function cannotListen(address: HttpAddress, cause: NodeJS.ErrnoException): ForkerError {
  const why = refusals[cause.code ?? ""] ?? cause.message;
  const message = `FORKER_HTTP: cannot listen on ${formatHttpAddress(address)}: ${why}`;
  return new ForkerError("system", "ERR_FORKER_HTTP", message, { cause });
}

const notAllowed = "this user may not; name a port from 1024 on, or start as root and name FORKER_USER";
const refusals: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use; name a free one",
  EACCES: notAllowed,
  EPERM: notAllowed,
  EADDRNOTAVAIL: "this machine has no such address; name one of its own, or none",
  EAFNOSUPPORT: "this machine has no IPv6; name an IPv4 address, or none",
};
