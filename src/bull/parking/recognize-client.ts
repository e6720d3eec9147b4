export type Method = (...args: unknown[]) => unknown;

/** What parking uses of a Redis or a Cluster of ioredis 4 or newer. */
export interface ParkableClient {
  readonly status: string;
  readonly options: { readonly host?: string; readonly port?: number; readonly path?: string };
  /** Of a Redis: opens its sockets. */
  readonly connector?: Connector;
  /** Of a Cluster: the first thing that its connect() waits for. */
  resolveStartupNodeHostnames?: Method;
  /** Where commands wait. ioredis replaces it when the client is ready. */
  readonly offlineQueue?: OfflineQueue;
  /** Those that were sent and have no reply yet. */
  readonly commandQueue?: Pick<OfflineQueue, "toArray">;
  on(event: string, listener: (event: string | symbol) => void): unknown;
  off(event: "newListener", listener: (event: string | symbol) => void): unknown;
}

export interface OfflineQueue {
  toArray(): readonly { readonly command: { readonly name: string } }[];
  push(entry: unknown): number;
}

export interface Connector {
  /** disconnect() clears it. */
  connecting: boolean;
  connect: Method;
  disconnect: Method;
}

/** What the method defineCommand of ioredis uses of a client. */
export interface DefiningClient {
  readonly options?: { readonly keyPrefix?: string };
  /** The scripts of its commands, by name. */
  readonly scriptsSet?: Record<string, unknown>;
  /** Its commands. */
  [name: string]: unknown;
}

/** The prototype of Redis or Cluster itself, from which the application's subclasses inherit. */
export interface ClientPrototype {
  readonly kind: "Redis" | "Cluster";
  readonly methods: Record<"connect" | "disconnect" | "quit", Method> & { defineCommand?: Method };
}

/** Methods of one prototype that no other client's has. */
const marks = {
  Redis: ["connect", "disconnect", "silentEmit", "resetOfflineQueue"],
  Cluster: ["connect", "disconnect", "refreshSlotsCache", "resolveStartupNodeHostnames"],
} as const;

/**
 * Recognizes a client by its methods, not by its module: an application may have several copies of ioredis, and one may be inside
 * a bundle.
 */
export function prototypeOfClient(object: object): ClientPrototype | undefined {
  if (!("sendCommand" in object)) return undefined;
  for (let at: object | null = object; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    for (const kind of ["Redis", "Cluster"] as const) {
      const prototype = at;
      const isFound = marks[kind].every((name) => Object.hasOwn(prototype, name));
      if (isFound) return { kind, methods: prototype as ClientPrototype["methods"] };
    }
  }
  return undefined;
}
