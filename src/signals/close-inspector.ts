import inspector from "node:inspector";

/** Node opens the inspector from its loop, its platform or the running code, whichever is first (src/inspector_agent.cc). */
const laterMs = 100;

/**
 * Until a listener is installed, Node responds to USR1 by opening its inspector on loopback, which all containers of a pod
 * share. An inspector that was requested on the command line stays open.
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
