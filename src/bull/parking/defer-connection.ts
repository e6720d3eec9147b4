import { noteOwnChange } from "../library/own-changes.ts";
import type { ClientPrototype, Connector, ParkableClient } from "./recognize-client.ts";

/** Whether clients wait now, and what a waiting client awaits. */
export interface Gate {
  readonly isClosed: () => boolean;
  /** Resolves when the client may connect, or has given up. */
  readonly passed: (client: ParkableClient) => Promise<void>;
  readonly giveUp: (client: ParkableClient) => void;
}

/** By this message ioredis recognizes that a connection was closed on purpose. */
const closedMessage = "Connection is closed.";

/**
 * Makes the clients of one copy of ioredis wait at the gate when they connect. Everything of ioredis before and after that stays:
 * a waiting client is one whose server is slow to accept.
 */
export function deferConnections({ kind, methods }: ClientPrototype, gate: Gate): void {
  const { connect } = methods;
  const defer = kind === "Redis" ? deferRedis : deferCluster;
  methods.connect = function connectOrWait(this: ParkableClient, ...args) {
    if (gate.isClosed()) defer(this, gate);
    return connect.apply(this, args);
  };
  noteOwnChange(methods.connect, connect);
  if (kind === "Redis") return;
  for (const name of ["disconnect", "quit"] as const) {
    const method = methods[name];
    methods[name] = function endOrGiveUp(this: ParkableClient, ...args) {
      const result = method.apply(this, args);
      gate.giveUp(this);
      return result;
    };
  }
}

const deferred = new WeakSet<object>();

/** Clients with this connector connect at once. */
export function leaveConnector(connector: object): void {
  deferred.add(connector);
}

function deferRedis(client: ParkableClient, gate: Gate): void {
  const { connector } = client;
  if (connector === undefined || deferred.has(connector)) return;
  deferred.add(connector);
  const { connect, disconnect } = connector;
  connector.connect = (...args) => {
    const open = () => connect.apply(connector, args);
    return gate.isClosed() ? openLater(connector, gate.passed(client), open) : open();
  };
  connector.disconnect = (...args) => {
    disconnect.apply(connector, args);
    gate.giveUp(client);
  };
}

/** `connecting` is true while a connector of ioredis opens a socket, and disconnect() clears it. */
async function openLater(connector: Connector, passed: Promise<void>, open: () => unknown): Promise<unknown> {
  connector.connecting = true;
  await passed;
  if (!connector.connecting) throw new Error(closedMessage);
  return await open();
}

function deferCluster(cluster: ParkableClient, gate: Gate): void {
  const resolve = cluster.resolveStartupNodeHostnames;
  cluster.resolveStartupNodeHostnames = async () => {
    Reflect.deleteProperty(cluster, "resolveStartupNodeHostnames");
    await gate.passed(cluster);
    // If its status has changed, the Cluster aborts by itself, and needs no addresses.
    return cluster.status === "connecting" ? await resolve?.call(cluster) : [];
  };
}
