import path from "node:path";
import { type ClientRow, clientRows } from "../client-rows.ts";
import { between, packageVersions } from "./document.ts";

export const clientsFile = path.join(import.meta.dirname, "../../../docs/CONNECTIONS.md");

const names = { tcp: "TCP", tls: "TLS", unix: "unix", udp: "UDP" } as const;

/** The document, with the table of these outcomes between its markers. */
export function renderClients(text: string, outcomes: ReadonlyMap<string, readonly string[]>): string {
  const lines = clientRows.map((row) => {
    const tried = row.transports.filter((transport) => outcomes.has(`${row.app} ${transport}`));
    const failed = row.transports.filter((transport) => !tried.includes(transport));
    const shown = tried.map((transport) => names[transport]).join(", ");
    const notShown =
      failed.length === 0 ? "" : `; **not shown**: ${failed.map((transport) => names[transport]).join(", ")}`;
    const ignored = [...new Set(tried.flatMap((transport) => outcomes.get(`${row.app} ${transport}`) ?? []))];
    const errors = ignored.map((error) => `\`${error}\``).join(", ");
    return `| ${titleOf(row)} | ${shown || "none"}${notShown} | ${row.again} | ${errors} |`;
  });
  return between(text, "table", lines);
}

function titleOf({ title, packages }: ClientRow): string {
  return packages.length === 0 ? `${title} (Node's own)` : `${title} (${packages.map(withVersion).join(", ")})`;
}

function withVersion(name: string): string {
  return `${name} ${packageVersions[name]}`;
}
