import net from "node:net";
import { native } from "../../native/binding.ts";

/** Accepts the connections of runners. */
export interface RunnerListener {
  /** `socketName`: in the abstract namespace, without its leading NUL. */
  open(socketName: string): Promise<void>;
  close(): void;
}

/** `failed` is called if the listener fails after it was opened. */
export type ListenForRunners = (accept: (socket: net.Socket) => void, failed: (cause: Error) => void) => RunnerListener;

/** Listens at a socket that vanishes with this process. */
export const listenForRunners: ListenForRunners = (accept, failed) => {
  const server = net.createServer((socket) => {
    if (isOfOwnUser(socket)) accept(socket);
    else socket.destroy();
  });
  // It does not keep a worker alive whose work is over.
  server.unref();
  return {
    async open(socketName) {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen({ path: `\0${socketName}` }, resolve);
      });
      server.removeAllListeners("error");
      server.on("error", failed);
    },
    close: () => void server.close(),
  };
};

/** Another user's process that learns the name of the socket still lacks the secret. */
function isOfOwnUser(socket: net.Socket): boolean {
  const { fd } = (socket as unknown as { _handle?: { fd?: number } })._handle ?? {};
  try {
    return fd !== undefined && native().peerCredentials(fd).uid === process.geteuid?.();
  } catch {
    return false;
  }
}
