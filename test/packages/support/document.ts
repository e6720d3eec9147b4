import { readFileSync } from "node:fs";
import path from "node:path";
import { type Row, rows } from "../rows.ts";
import type { Outcome } from "./try-app.ts";

const root = path.join(import.meta.dirname, "../../..");
export const documentFile = path.join(root, "docs/FORK-SAFETY.md");
export const { dependencies: packageVersions } = JSON.parse(
  readFileSync(path.join(root, "test/packages/package.json"), "utf8"),
) as {
  dependencies: Record<string, string>;
};

/** Replaces what differs between runs and between machines. */
export function withoutChance(text: string): string {
  return text
    .replaceAll(/(127\.0\.0\.1|\[::1\]):\d+/g, "$1:1234")
    .replaceAll(/\(fd \d+\)/g, "(fd 23)")
    .replaceAll(/(child process \(?)\d+/g, "$199")
    .replaceAll(/\/\S*\/apps\/[^/]+\/naive\.mjs/g, "/app/workers.mjs")
    .replaceAll(/\/\S*\.db\b/g, "/data/app.db");
}

/** The document, with the table and the messages of these outcomes between its markers. */
export function render(text: string, outcomes: ReadonlyMap<string, Outcome>): string {
  const table = rows.map((row) => {
    const [naive, recommended] = (["naive", "recommended"] as const).map((way) => outcomes.get(`${row.app} ${way}`));
    return `| ${titleOf(row)} | ${row.naive} | ${inWords(naive)} | ${row.recommended} | ${inWords(recommended)} |`;
  });
  const messages = rows.flatMap((row) => {
    const says = outcomes.get(`${row.app} naive`)?.says ?? [];
    return says.length === 0 ? [] : [`**${row.app}**`, "", "```text", ...says, "```", ""];
  });
  return between(between(text, "table", table), "messages", messages);
}

export function titleOf({ app, packages }: Row): string {
  return packages.length === 0
    ? `${app.replace("-", ":")} (Node's own)`
    : packages.map((name) => `${name} ${packageVersions[name]}`).join(", ");
}

function inWords(outcome: Outcome | undefined): string {
  if (outcome === undefined) return "did not end";
  const warned = outcome.says.length > 0 && outcome.engine === "fork" ? ", with a warning" : "";
  return { fork: `works${warned}`, spawn: "falls back to `spawn`", refused: "**refused**" }[outcome.engine];
}

export function between(text: string, name: string, lines: readonly string[]): string {
  const [begin, end] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`];
  const [start, stop] = [text.indexOf(begin), text.indexOf(end)];
  if (start < 0 || stop < 0) throw new Error(`the document has no markers for its ${name}`);
  return text.slice(0, start + begin.length) + lines.map((line) => `${line}\n`).join("") + text.slice(stop);
}
