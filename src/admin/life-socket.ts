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

/** Whether it is shown in our network namespace. Where that cannot be seen, nobody is: leases tell. */
export function isShown(life: Life): boolean {
  return unlessHidden(() => readFileSync("/proc/net/unix", "utf8").includes(`@${prefix}${life}`)) ?? false;
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
