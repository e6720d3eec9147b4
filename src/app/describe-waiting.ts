import { describeParkedClients } from "../bull/parking/parked-clients.ts";
import { describeFailedAttempts, describeOpenConnections } from "../engine/connections/attempts.ts";
import { openRequests } from "../engine/connections/open-requests.ts";
import { describeTimers } from "../engine/timers/pending-timers.ts";
import { describeResources } from "./active-resources.ts";

/** What connections are named by, if their servers are not known. */
const connectionKinds = new Set(["TCPSocketWrap", "TLSWrap", "PipeWrap", "ConnectWrap"]);
const mostNamed = 8;

/** What an application waits for, for people: `Redis at 127.0.0.1:6379 (waiting: get), a timer of 3s, created at /app/main.js:7`. */
export function describeWaiting(alive: { readonly timers: number; readonly others: readonly string[] }): string {
  const connections = describeOpenConnections();
  const isNamed = connections.length > 0;
  const others = alive.others.filter((kind) => !isNamed || !connectionKinds.has(kind));
  const timers = describeTimers();
  const all = [
    ...describeParkedClients(),
    ...describeFailedAttempts(),
    ...connections,
    ...openRequests().map(({ what }) => what),
    ...describeResources(others),
    ...(timers.length > 0 ? timers : counted(alive.timers)),
  ];
  const named = [...new Set(all)];
  const more = named.length - mostNamed;
  return more > 0 ? `${named.slice(0, mostNamed).join(", ")} and ${more} more` : named.join(", ");
}

/** Without their tracking. */
function counted(timers: number): string[] {
  if (timers === 0) return [];
  return [timers === 1 ? "a timer" : `${timers} timers`];
}
