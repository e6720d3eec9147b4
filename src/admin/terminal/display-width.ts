/** Shown in two columns by terminals, as Unicode's East Asian Width says of most of these. */
const wide =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\u{ff01}-\u{ff60}]/u;
/** Created at its first use: init loads this file at its start, and a segmenter takes it some ten milliseconds. */
let segmenter: Intl.Segmenter | undefined;

function graphemesOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return segmenter.segment(text);
}

/** How many columns of a terminal a string without escape sequences takes. */
export function displayWidth(text: string): number {
  // Printable ASCII needs no look at each character.
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemesOf(text)) width += wide.test(segment) ? 2 : 1;
  return width;
}

/** The beginning of a string that fits, with an ellipsis if that is not all of it. */
export function fitted(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let width = 0;
  let fitting = "";
  for (const { segment } of graphemesOf(text)) {
    width += wide.test(segment) ? 2 : 1;
    if (width > columns - 1) break;
    fitting += segment;
  }
  return columns < 1 ? "" : `${fitting}…`;
}
