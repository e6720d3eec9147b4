import net from "node:net";
import { StringDecoder } from "node:string_decoder";
import * as v from "valibot";
import { ForkerError } from "../exit/forker-error.ts";
import { addonProblem, native } from "../native/binding.ts";
import { type Ask, askMessage } from "../protocol/ask-message.ts";
import { helloMessage } from "../protocol/messages.ts";
import type { DescriptorShares } from "./descriptor-shares.ts";
import { SilentConnections, type SilentPeer } from "./silent-connections.ts";

export interface Peer {
  /** In init's PID namespace. */
  readonly pid: number;
  readonly uid: number;
}

export interface ControlSocketHandlers {
  /** A child connected. Returns whether its token is known. `head` is what it sent after its hello. No peer: see `ask`. */
  hello(token: string, peer: Peer | undefined, socket: net.Socket, head: string): boolean;
  /** A subcommand asked. Resolves with the answer. No peer: without the addon nobody can ask the kernel who connected. */
  ask(question: Ask, peer: Peer | undefined): Promise<unknown>;
  /** `drain --wait`: from now on the socket receives reports of the drain. */
  awaitDrain(socket: net.Socket, peer: Peer | undefined): void;
  /** A subcommand must end before init does: the socket receives a report when init begins to leave. */
  awaitLeaving(socket: net.Socket, peer: Peer | undefined): void;
  refused(peer: Peer | undefined, why: string): void;
}

const firstMessage = v.union([helloMessage, askMessage]);
/** A worker that has connected may have to wait for a processor before it sends its first line. */
const firstLineTimeoutMs = 30_000;
const firstLineMaximum = 16 * 1024;
/** How long a subcommand may take to read its answer and close the connection. */
const answerTimeMs = 10_000;
/** Without the addon the kernel cannot be asked who connected. */
const anybody = { pid: 0, uid: 0 };

export interface ControlSocketOptions {
  readonly shares: Pick<DescriptorShares, "silent" | "asking">;
  /** Whether a process of forker runs as this user, apart from init and root. */
  readonly isOurs: (uid: number) => boolean;
  readonly timeoutMs?: number;
}

/**
 * init's one socket, in the abstract namespace, which needs no file system and vanishes with init. A client has one line
 * to say who it is. The kernel vouches for its pid and uid (SO_PEERCRED, unix(7)); pid 0 means that the client is in a PID
 * namespace that init's cannot see, such as another container of the pod: it is refused.
 */
export async function openControlSocket(
  name: string,
  handlers: ControlSocketHandlers,
  { shares, isOurs, timeoutMs = firstLineTimeoutMs }: ControlSocketOptions,
): Promise<net.Server> {
  const silent = new SilentConnections<SilentConnection>(shares.silent, (uid) => mayAsk(uid) || isOurs(uid));
  const asking = new Places(shares.asking);
  const server = net.createServer((socket) => greet(socket, handlers, { silent, asking, timeoutMs }));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(cannotListen(name, cause)));
    server.listen({ path: `\0${name}` }, resolve);
  });
  server.removeAllListeners("error");
  server.on("error", (cause) => handlers.refused(undefined, cause.message));
  return server;
}

function cannotListen(name: string, cause: Error): ForkerError {
  return new ForkerError("system", "ERR_FORKER_SOCKET", `control socket @${name}: ${cause.message}`, { cause });
}

interface SilentConnection extends SilentPeer {
  refuse(why: string): void;
}

interface Reception {
  readonly silent: SilentConnections<SilentConnection>;
  readonly asking: Places;
  readonly timeoutMs: number;
}

function greet(socket: net.Socket, handlers: ControlSocketHandlers, reception: Reception): void {
  const { silent, timeoutMs } = reception;
  const peer = credentials(socket);
  const refuse = (why: string) => {
    handlers.refused(peer, why);
    socket.destroy();
  };
  socket.on("error", (cause) => refuse(cause.message));
  const isKnown = peer !== undefined && peer.pid !== 0;
  if (!isKnown && addonProblem() === undefined) return refuse("in another PID namespace");
  const connection: SilentConnection = { ...(peer ?? anybody), refuse };
  socket.once("close", () => silent.remove(connection));
  silent.add(connection)?.refuse("too many connections have sent nothing");
  if (socket.destroyed) return;
  let hasSpoken = false;
  // libuv runs timers before it polls sockets: what arrived while this process was stopped is read in between.
  socket.setTimeout(timeoutMs, () => setImmediate(() => hasSpoken || refuse("sent nothing in time")));
  const decoder = new StringDecoder("utf8");
  let text = "";
  socket.on("data", (bytes: Buffer) => {
    text += decoder.write(bytes);
    const end = text.indexOf("\n");
    if (end < 0) {
      if (text.length > firstLineMaximum) refuse("its first line is too long");
      return;
    }
    for (const event of ["data", "error", "timeout"]) socket.removeAllListeners(event);
    socket.setTimeout(0);
    hasSpoken = true;
    silent.remove(connection);
    introduce(socket, peer, text.slice(0, end), text.slice(end + 1), handlers, reception, refuse);
  });
}

function introduce(
  socket: net.Socket,
  peer: Peer | undefined,
  line: string,
  rest: string,
  handlers: ControlSocketHandlers,
  { asking }: Reception,
  refuse: (why: string) => void,
): void {
  const message = parseFirst(line);
  if (message === undefined) return refuse("its first line is not a valid message");
  if (message.kind === "hello") {
    if (!handlers.hello(message.token, peer, socket, rest)) refuse("its token is unknown");
    return;
  }
  if (peer !== undefined && !mayAsk(peer.uid)) return refuse("only root and init's own user may ask");
  if (!asking.admit(socket)) return refuse("too many are waiting for an answer");
  if (message.what.name === "drain" && message.what.wait) {
    handlers.awaitDrain(socket, peer);
    return;
  }
  if (message.what.name === "awaitLeaving") {
    handlers.awaitLeaving(socket, peer);
    return;
  }
  socket.on("error", () => socket.destroy());
  void handlers
    .ask(message.what, peer)
    .catch((cause: unknown) => ({ error: cause instanceof Error ? cause.message : String(cause) }))
    .then((answer) => {
      socket.setTimeout(answerTimeMs, () => socket.destroy());
      socket.end(`${JSON.stringify(answer)}\n`);
    });
}

function mayAsk(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

/** A limited number of sockets at a time. */
class Places {
  readonly #most: number;
  #taken = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Takes a place until the socket closes. False: there is none. */
  admit(socket: net.Socket): boolean {
    if (this.#taken >= this.#most) return false;
    this.#taken += 1;
    socket.once("close", () => (this.#taken -= 1));
    return true;
  }
}

function parseFirst(line: string): v.InferOutput<typeof firstMessage> | undefined {
  try {
    const parsed = v.safeParse(firstMessage, JSON.parse(line));
    return parsed.success ? parsed.output : undefined;
  } catch {
    return undefined;
  }
}

/** Node has no public way to a socket's fd; its handle has carried one under this name since 0.11. */
function credentials(socket: net.Socket): Peer | undefined {
  const { _handle } = socket as unknown as { _handle?: { fd?: number } | null };
  const fd = _handle?.fd;
  if (fd === undefined || fd < 0) return undefined;
  try {
    return native().peerCredentials(fd);
  } catch {
    return undefined;
  }
}
