import { accessSync, constants, readFileSync, readlinkSync } from "node:fs";
import net from "node:net";
import type { Life } from "../protocol/life.ts";

const prefix = "bullmq-forker/life/";

/**
 * Shows to all in this network namespace that a life goes on, by a name in /proc/net/unix that the kernel takes away in the
 * moment in which init is dead, and not before: also while init or its keeper is stopped, or Redis away. Nobody has anything
 * to say here.
 */
export async function showLife(life: Life): Promise<net.Server> {
  const server = net.createServer((socket) => socket.destroy());
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ path: `\0${prefix}${life}` }, resolve);
  await promise;
  // Of an accept that failed (EMFILE): unheard, the second would be thrown in PID 1.
  server.on("error", () => undefined);
  return server;
}

/**
 * The socket that shows it in our network namespace, by its inode. A name is for whoever binds it first, also when its forker is
 * dead; an inode belongs to one socket. undefined: it is not shown, or that cannot be seen.
 */
export function lifeSocket(life: Life): string | undefined {
  return socketsOf(life).find(({ listens }) => listens)?.inode;
}

/** Whether it is shown in our network namespace, and, if it is known which, by this very socket. Where that cannot be seen, nobody is: leases tell. */
export function isShown(life: Life, socket?: string): boolean {
  return socketsOf(life).some(({ inode, listens }) => listens && (socket === undefined || inode === socket));
}

/** SO_ACCEPTCON. What was accepted has the name of the socket that listens, and other flags. */
const listening = 0x10000;

/** proc(5), /proc/net/unix: number, references, protocol, flags, type, state, inode, path. */
function socketsOf(life: Life): { readonly inode: string; readonly listens: boolean }[] {
  const text = unlessHidden(() => readFileSync("/proc/net/unix", "latin1")) ?? "";
  return text.split("\n").flatMap((line) => {
    const [, , , flags = "", , , inode = "", path] = line.trim().split(/\s+/);
    if (path !== `@${prefix}${life}`) return [];
    return [{ inode, listens: (Number.parseInt(flags, 16) & listening) !== 0 }];
  });
}

/**
 * Which network namespace of which boot of which machine is ours: who was in it and is shown no more is dead. Containers of a
 * pod share one, also when one of them is started again; `host` networks and processes outside of containers too. undefined:
 * that cannot be told here.
 */
export function ownNetwork(): string | undefined {
  return unlessHidden(() => {
    const namespace = /\[(\d+)\]/.exec(readlinkSync("/proc/self/ns/net"))?.[1];
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    // Without the list nobody could be seen to live.
    accessSync("/proc/net/unix", constants.R_OK);
    return namespace === undefined ? undefined : `${boot}/${namespace}`;
  });
}

/** ENOENT or EACCES: a sandbox that is no Linux, or hides parts of /proc. */
function unlessHidden<Answer>(ask: () => Answer): Answer | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
