import type { Finding } from "./finding.ts";
import { loadedAddons } from "./loaded-addons.ts";
import { originOfPreloads } from "./origin-text.ts";
import { originsOfKind } from "./origins.ts";
import { adviceOn, advise } from "./safety-advice.ts";
import { strangeThreads } from "./strange-threads.ts";

const startLater = advise({ problem: "a fork does not copy it", inWorkers: "start it" });

/** Threads that a fork does not copy, and that nothing starts again in the child. */
export function findThreads(): Finding[] {
  const { named, unnamed } = strangeThreads();
  const addons = loadedAddons();
  // Worker threads may have names, too. Names that may belong to a loaded addon come last, so they are not counted as workers.
  const isNative = (name: string) => addons.some((addon) => addon.includes(name.split(/\W/)[0] || name));
  const names = [
    ...Array.from({ length: unnamed }, () => ""),
    ...named.toSorted((a, b) => +isNative(a) - +isNative(b)),
  ];
  const workers = originsOfKind("WORKER").slice(0, names.length);
  return [...workers.map(workerThread), ...names.slice(workers.length).map((name) => foreignThread(name, addons))];
}

function workerThread(origin: string): Finding {
  return {
    kind: "thread",
    what: `a worker thread${origin}`,
    severity: "refuse",
    advice: adviceOn(origin, startLater),
  };
}

/** A thread whose creation was not recorded: it belongs to a native module, or is older than the application. */
function foreignThread(name: string, addons: readonly string[]): Finding {
  const which =
    name === "" || name === "WorkerThread" ? "a worker thread or a native thread" : `a thread named "${name}"`;
  const addon = addons.length === 0 ? "" : `, created by a native module (loaded: ${addons.join(", ")})`;
  const origin = addon + originOfPreloads();
  return { kind: "thread", what: which + origin, severity: "refuse", advice: adviceOn(origin, startLater) };
}
