export type Key = "up" | "down" | "escape" | "enter" | (string & {});

const sequences: Readonly<Record<string, Key>> = {
  "\u001b[A": "up",
  "\u001bOA": "up",
  "\u001b[B": "down",
  "\u001bOB": "down",
  "\u001b": "escape",
  "\r": "enter",
  "\n": "enter",
};

/** The keys in what a terminal sent: known escape sequences, characters, and nothing for other sequences. */
export function keysIn(text: string): Key[] {
  // oxlint-disable-next-line no-control-regex
  const parts = text.match(/\u001b(?:\[[\d;]*[ -/]*[@-~]|O[@-~])?|[^]/gu) ?? [];
  return parts.flatMap((part) => sequences[part] ?? (part.startsWith("\u001b") ? [] : [part]));
}
