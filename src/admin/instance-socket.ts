import { accessSync, constants, readFileSync, readlinkSync } from "node:fs";
import net from "node:net";
import type { InstanceId } from "../protocol/instance-id.ts";

const prefix = "bullmq-forker/instance/";

/**
 * Shows every process in this network namespace that this instance is alive, by a name in /proc/net/unix that the kernel removes
 * at the moment when init dies, and not before: it also stays while init or its keeper is stopped, or Redis is unreachable. The
 * socket carries no data.
 */
export async function announceInstance(instanceId: InstanceId): Promise<net.Server> {
  const server = net.createServer((socket) => socket.destroy());
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ path: `\0${prefix}${instanceId}` }, resolve);
  await promise;
  // For an accept that failed (EMFILE): without a listener, PID 1 would throw the second error.
  server.on("error", () => undefined);
  return server;
}

/**
 * The inode of the socket that shows it in this network namespace. Any process can bind the name once its forker is dead; an inode
 * belongs to one socket. undefined: it is not shown, or /proc is hidden.
 */
export function instanceSocket(instanceId: InstanceId): string | undefined {
  return socketsOf(instanceId).find(({ listens }) => listens)?.inode;
}

/** Whether it is announced in this network namespace, by this very socket if it is given. Where /proc is hidden, none is: then leases decide. */
export function isAnnounced(instanceId: InstanceId, socket?: string): boolean {
  return socketsOf(instanceId).some(({ inode, listens }) => listens && (socket === undefined || inode === socket));
}

/** How a keeper finds out which instances run on the same host. */
export interface InstanceSigns {
  readonly ownNetwork: typeof ownNetwork;
  readonly instanceSocket: typeof instanceSocket;
  readonly isAnnounced: typeof isAnnounced;
}

/** SO_ACCEPTCON. An accepted socket has the name of the listening one, and other flags. */
const listening = 0x10000;

/** proc(5), /proc/net/unix: number, references, protocol, flags, type, state, inode, path. */
function socketsOf(instanceId: InstanceId): { readonly inode: string; readonly listens: boolean }[] {
  const text = unlessHidden(() => readFileSync("/proc/net/unix", "latin1")) ?? "";
  return text.split("\n").flatMap((line) => {
    const [, , , flags = "", , , inode = "", path] = line.trim().split(/\s+/);
    if (path !== `@${prefix}${instanceId}`) return [];
    return [{ inode, listens: (Number.parseInt(flags, 16) & listening) !== 0 }];
  });
}

/**
 * Identifies this network namespace, with the boot of the machine: an instance that was in it and is no longer shown is dead.
 * Containers of a pod share one, also after one of them restarts; so do containers on the `host` network and processes outside
 * of containers. undefined: it cannot be identified here.
 */
export function ownNetwork(): string | undefined {
  return unlessHidden(() => {
    const namespace = /\[(\d+)\]/.exec(readlinkSync("/proc/self/ns/net"))?.[1];
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // Without the list no instance could be seen to be alive.
    accessSync("/proc/net/unix", constants.R_OK);
    return namespace === undefined ? undefined : `${boot}/${namespace}`;
  });
}

/** ENOENT or EACCES: a sandbox that is not Linux, or that hides parts of /proc. */
function unlessHidden<Answer>(ask: () => Answer): Answer | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

/** By /proc. */
export const kernelSigns: InstanceSigns = { ownNetwork, instanceSocket, isAnnounced };
