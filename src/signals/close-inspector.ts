import inspector from "node:inspector";

/** Node asks its loop, its platform and the running code to open it, and the first to come does (src/inspector_agent.cc). */
const laterMs = 100;

/**
 * Until a listener is in, Node answers USR1 by opening its inspector to everybody on loopback, which in a pod is every
 * container. One that was asked for on the command line stays.
 */
export function closeInspector(): void {
  const asked = [...process.execArgv, process.env["NODE_OPTIONS"] ?? ""].some((option) => option.includes("--inspect"));
  if (asked) return;
  close();
  setImmediate(close);
  setTimeout(close, laterMs).unref();
}

function close(): void {
  if (inspector.url() !== undefined) inspector.close();
}
