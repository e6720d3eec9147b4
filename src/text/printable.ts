/**
 * What a terminal obeys instead of showing it, and what changes how the text beside it is read: C0 and C1 controls (escape
 * sequences begin with one), DEL, line and paragraph separators, marks of the direction of writing, tags, byte order
 * marks, and halves of surrogate pairs.
 */
const obeyed = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u{feff}\u{e0000}-\u{e007f}]/gu;

const ellipsis = "…";

/**
 * Text from elsewhere (a queue's name, a job's id, an error's message) as a part of one line for a person: at most so many
 * characters, and nothing that a terminal obeys. What is left out shows as in JSON, `\u001b`, so that JSON stays what it was.
 */
export function printable(text: string, most = 200): string {
  return shortened(text, most).replaceAll(obeyed, escaped);
}

/** The same for text of several lines, such as a stack: its lines and tabs stay, and it is as long as it is. */
export function printableLines(text: string): string {
  return text.replaceAll(obeyed, (character) =>
    character === "\n" || character === "\t" ? character : escaped(character),
  );
}

/** With a blank for each UTF-16 unit that may not be shown: columns stay where they were. */
export function blanked(text: string): string {
  return text.replaceAll(obeyed, (character) => " ".repeat(character.length));
}

/** A job as a person names it: `mail:991`. */
export function jobText({ queue, id }: { readonly queue: string; readonly id: string }): string {
  return `${printable(queue)}:${printable(id)}`;
}

function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  // A pair is not cut in two.
  const end = /[\ud800-\udbff]/.test(text[most - 1] ?? "") ? most - 1 : most;
  return text.slice(0, end) + ellipsis;
}

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(character: string): string {
  return short[character] ?? units(character).join("");
}

function units(character: string): string[] {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  });
}
