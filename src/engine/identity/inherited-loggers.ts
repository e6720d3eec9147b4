import { subscribe } from "node:diagnostics_channel";

/** What pino (from 9.10 on) publishes before it renders a line. */
const rendering = "tracing:pino_asJson:start";

interface Rendering {
  readonly instance: Record<symbol, unknown>;
}

/**
 * pino reads process.pid once, when it is loaded, and renders a logger's bindings once, when the logger is made: in a forked
 * child both were the template's doing. Nobody can be asked for all loggers that there are, but each of them passes here
 * before its first line.
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

/** Bindings are the inner part of a JSON object, each after a comma. */
function withPid(bindings: string, templatePid: number, pid: number): string {
  const inherited = `,"pid":${templatePid}`;
  return bindings === inherited || bindings.startsWith(`${inherited},`)
    ? `,"pid":${pid}${bindings.slice(inherited.length)}`
    : bindings;
}
