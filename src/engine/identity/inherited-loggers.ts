import { subscribe } from "node:diagnostics_channel";

/** pino (9.10 and newer) publishes on this channel before it renders a line. */
const rendering = "tracing:pino_asJson:start";

interface Rendering {
  readonly instance: Record<symbol, unknown>;
}

/**
 * pino reads process.pid once, at load, and renders a logger's bindings once, at its creation, so a forked child has the
 * template's pid in both. No API lists all loggers, but each of them publishes here before its first line.
 */
export function giveLoggersOwnPid(templatePid: number, pid: number): void {
  const seen = new WeakSet<object>();
  subscribe(rendering, (message) => {
    const { instance } = message as Rendering;
    if (seen.has(instance)) return;
    seen.add(instance);
    for (const symbol of Object.getOwnPropertySymbols(instance)) {
      const bindings = symbol.description === "pino.chindings" ? instance[symbol] : undefined;
      if (typeof bindings === "string") instance[symbol] = withPid(bindings, templatePid, pid);
    }
  });
}

/** Bindings are the inside of a JSON object; each of them starts with a comma. */
function withPid(bindings: string, templatePid: number, pid: number): string {
  const inherited = `,"pid":${templatePid}`;
  return bindings === inherited || bindings.startsWith(`${inherited},`)
    ? `,"pid":${pid}${bindings.slice(inherited.length)}`
    : bindings;
}
