import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { formatHttpAddress, type HttpAddress } from "../config/http-address.ts";
import { ForkerError } from "../exit/forker-error.ts";
import { printable } from "../text/printable.ts";
import { isAllowedHost } from "./allowed-host.ts";
import { type Answer, type LiveAnswer, plainAnswer, type Responder } from "./http-answer.ts";
import { bootingRoutes, methodsOf, routeList } from "./http-routes.ts";
import { readBody } from "./request-body.ts";

export interface HttpLimits {
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  readonly silenceMs: number;
  /** From the request to the last byte that the client received. */
  readonly answerTimeoutMs: number;
  readonly headerBytes: number;
  readonly headers: number;
  readonly requestsPerConnection: number;
  /** How often node:http looks for late connections. */
  readonly lookMs: number;
}

/** Limits on the time and memory that a client can take from init. A probe needs milliseconds and one connection. */
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
  /** Above it, the oldest connection is closed, so that a flood of silent connections cannot keep a probe out. */
  readonly connections: number;
  /** FORKER_HTTP_HOSTS. */
  readonly hosts: readonly string[];
  readonly failed: (cause: unknown) => void;
  /** A request that named a host which is not allowed. */
  readonly refused: (host: string) => void;
  /** Shorter ones are for tests. */
  readonly limits?: HttpLimits;
}

/**
 * A server for probes, scrapers and the page, in init, with small requests and answers. A client can occupy a bounded number of
 * connections for a bounded time, and cannot cause an exception.
 */
export class HttpServer {
  readonly #server: Server;
  /** In order of arrival. */
  readonly #waiting = new Set<Socket>();
  /** Connections with a live answer, whose number their responder limits. */
  #live = 0;
  readonly #with: HttpServerOptions;
  readonly #answerTimeoutMs: number;
  #respond = bootingRoutes;

  /**
   * Rejects with a ForkerError if the server cannot listen on the address. No connection is accepted before the promise
   * resolves: there is no name to look up, and listening itself does not wait.
   */
  static async listen(address: HttpAddress, options: HttpServerOptions): Promise<HttpServer> {
    // Not at the top: a forker without FORKER_HTTP does not load node:http.
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
    // For a connection that has not begun a request.
    server.timeout = limits.silenceMs;
    server.maxHeadersCount = limits.headers;
    server.maxRequestsPerSocket = limits.requestsPerConnection;
    server.on("error", options.failed);
    server.on("connection", (socket) => this.#admit(socket));
    server.on("request", (request, response) => this.#serve(request, response));
  }

  /** Until this is called, init answers as booting. */
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
    if (this.#waiting.size + this.#live > this.#with.connections) oldest?.destroy();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const late = setTimeout(() => request.socket.destroy(), this.#answerTimeoutMs);
    response.on("close", () => clearTimeout(late));
    response.on("error", () => request.socket.destroy());
    void this.#answer(request)
      .catch((cause: unknown) => {
        this.#with.failed(cause);
        return plainAnswer(500, "init failed to answer; its log has the cause");
      })
      .then((answer) => {
        if (!("begin" in answer)) return send(request, response, answer);
        clearTimeout(late);
        this.#begin(request, response, answer);
      })
      .catch(() => request.socket.destroy());
  }

  async #answer(request: IncomingMessage): Promise<Answer | LiveAnswer> {
    const { method = "", url = "", headers } = request;
    if (!isAllowedHost(headers.host, this.#with.hosts)) return this.#refuse(headers.host ?? "");
    const [path = ""] = url.split("?", 1);
    const methods = methodsOf(path);
    if (!methods.includes(method)) {
      const answer = plainAnswer(
        405,
        `only ${methods.join(" and ")} ${methods.length > 1 ? "are" : "is"} supported here`,
      );
      return { ...answer, headers: { allow: methods.join(", ") } };
    }
    const respond = this.#respond;
    const answer = await respond(path, { headers, readBody: async (most) => await readBody(request, most) });
    return answer ?? plainAnswer(404, `try ${routeList}`);
  }

  /** The connection leaves the care of the server's limits, so that a flood of others does not end it. */
  #begin(request: IncomingMessage, response: ServerResponse, { begin }: LiveAnswer): void {
    const { socket } = request;
    if (response.destroyed || socket.destroyed) return;
    if (request.method === "HEAD") return send(request, response, plainAnswer(200, ""));
    this.#waiting.delete(socket);
    this.#live += 1;
    socket.once("close", () => (this.#live -= 1));
    socket.setTimeout(0);
    begin(response);
  }

  #refuse(host: string): Answer {
    this.#with.refused(host);
    return plainAnswer(421, `${printable(host)} is not a name of this server: list its names in FORKER_HTTP_HOSTS`);
  }
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const { status, contentType, body, headers = {} } = answer;
  if (response.destroyed) return;
  const mayHaveBody = request.headers["content-length"] !== undefined || "transfer-encoding" in request.headers;
  const isUnread = mayHaveBody && !request.readableEnded;
  response.writeHead(status, {
    "content-type": contentType,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...headers,
    // No other request can follow a body that was not read.
    ...(isUnread || status === 405 ? { connection: "close" } : {}),
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

/** One advice for each errno: only the user can free the port or grant the right to it. */
function cannotListen(address: HttpAddress, cause: NodeJS.ErrnoException): ForkerError {
  const why = refusals[cause.code ?? ""] ?? cause.message;
  const message = `FORKER_HTTP: cannot listen on ${formatHttpAddress(address)}: ${why}`;
  return new ForkerError("system", "ERR_FORKER_HTTP", message, { cause });
}

const notAllowed = "this user is not allowed to; use a port from 1024 up, or start as root and set FORKER_USER";
const refusals: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use; choose a free one",
  EACCES: notAllowed,
  EPERM: notAllowed,
  EADDRNOTAVAIL: "this machine has no such address; use one of its own, or only a port",
  EAFNOSUPPORT: "this machine has no IPv6; use an IPv4 address, or only a port",
};
