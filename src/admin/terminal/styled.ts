import { displayWidth, fitted } from "./display-width.ts";

export type Style = "plain" | "bold" | "dim" | "green" | "yellow" | "red" | "reverse";

/** A piece of text for a terminal. The text has gone through printable(): it contains no escape sequence. */
export interface Piece {
  readonly text: string;
  readonly style: Style;
}

export type Line = readonly Piece[];

/** SGR parameters of ECMA-48. */
const codes: Readonly<Record<Style, string>> = {
  plain: "",
  bold: "1",
  dim: "2",
  green: "32",
  yellow: "33",
  red: "31",
  reverse: "7",
};

export function piece(text: string, style: Style = "plain"): Piece {
  return { text, style };
}

export function lineText(line: Line, isColoured: boolean): string {
  return line
    .map(({ text, style }) => (isColoured && style !== "plain" ? `\u001b[${codes[style]}m${text}\u001b[0m` : text))
    .join("")
    .trimEnd();
}

/** The beginning of the line that fits into so many columns. */
export function fittedLine(line: Line, columns: number): Line {
  const pieces: Piece[] = [];
  let left = columns;
  for (const { text, style } of line) {
    if (left <= 0) break;
    const shown = fitted(text, left);
    pieces.push({ text: shown, style });
    left -= displayWidth(shown);
    if (shown !== text) break;
  }
  return pieces;
}

/**
 * Whether to colour: FORCE_COLOR (`0` and `false` forbid it) wins over NO_COLOR (no-color.org), as in Node itself, and both over what the output is.
 */
export function mayColour(env: NodeJS.ProcessEnv, isTerminal: boolean): boolean {
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  return isTerminal && env["TERM"] !== "dumb";
}
