import type net from "node:net";
import type { Finding } from "./finding.ts";
import { findOpenFiles } from "./safety-files.ts";
import { findThreads } from "./safety-threads.ts";
import { findWork } from "./safety-work.ts";

/** Finds what the application left open or running. `own`: the template's own sockets, which a forked child closes first. */
export function inspectForkSafety(options: { readonly own?: readonly net.Socket[] } = {}): Finding[] {
  return [...findOpenFiles(options.own ?? []), ...findThreads(), ...findWork()];
}
