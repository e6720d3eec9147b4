/**
 * Characters that a terminal interprets instead of showing, or that change how the text around them is read: C0 and C1 controls (escape
 * sequences begin with one), DEL, line and paragraph separators, bidirectional controls, tags, byte order
 * marks, and halves of surrogate pairs.
 */
const obeyed = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u{feff}\u{e0000}-\u{e007f}]/gu;

const ellipsis = "…";

/**
 * Text from elsewhere (a queue's name, a job's id, an error's message) for a single line that a person reads: with a maximum
 * length, and nothing that a terminal interprets. Replaced characters look as in JSON, `\u001b`, so JSON keeps its meaning.
 */
export function printable(text: string, most = 200): string {
  return shortened(text, most).replaceAll(obeyed, escaped);
}

/** The same for text of several lines, such as a stack: newlines and tabs stay, and the length is not limited. */
export function printableLines(text: string): string {
  return text.replaceAll(obeyed, (character) =>
    character === "\n" || character === "\t" ? character : escaped(character),
  );
}

/** With a blank for each UTF-16 unit that must not be shown, so that columns keep their places. */
export function blanked(text: string): string {
  return text.replaceAll(obeyed, (character) => " ".repeat(character.length));
}

/** A job's name for a person: `mail:991`. */
export function jobText({ queue, id }: { readonly queue: string; readonly id: string }): string {
  return `${printable(queue)}:${printable(id)}`;
}

export function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  // Keeps a surrogate pair whole.
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
