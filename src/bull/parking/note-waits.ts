import { noteKnownWait, notePossibleWait } from "../../engine/progress/waits.ts";
import type { ParkableClient } from "./recognize-client.ts";

/** Events that only a connected client emits. */
const eventsOfConnection = new Set<string | symbol>(["connect", "ready"]);

/** Notes what the application waits for with this client: replies to its commands, its connection. Returns what ends it. */
export function noteWaits(client: ParkableClient): () => void {
  const { offlineQueue } = client;
  if (offlineQueue !== undefined) {
    const push = offlineQueue.push.bind(offlineQueue);
    offlineQueue.push = (entry) => {
      noteKnownWait();
      return push(entry);
    };
  }
  const noteListener = (event: string | symbol) => {
    if (eventsOfConnection.has(event)) notePossibleWait();
  };
  client.on("newListener", noteListener);
  return () => {
    client.off("newListener", noteListener);
    if (offlineQueue !== undefined) Reflect.deleteProperty(offlineQueue, "push");
  };
}
