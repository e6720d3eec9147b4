import { dialForker } from "./client.ts";

/** A connection by which init knows that this process must end, or be done with its terminal, before init exits. */
export interface LeavingWatch {
  /** Lets init exit. */
  end(): void;
}

/** Calls `leaving` when forker begins to leave. If init cannot be reached, or refuses, nothing happens. */
export function awaitLeaving(pid: number, leaving: () => void): LeavingWatch {
  let isOver = false;
  const dialled = dialForker(pid)
    .then((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", (line: Buffer) => {
        if (!isOver && !line.toString("utf8").startsWith('{"error"')) leaving();
      });
      socket.write(`${JSON.stringify({ kind: "ask", what: { name: "awaitLeaving" } })}\n`);
      return socket;
    })
    .catch(() => undefined);
  return {
    end() {
      isOver = true;
      void dialled.then((socket) => socket?.destroy());
    },
  };
}
