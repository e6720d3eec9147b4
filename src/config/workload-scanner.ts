import { ForkerError } from "../exit/forker-error.ts";
import { blanked } from "../text/printable.ts";

/** A malformed workload. `column` counts from 1 within its line. */
export class WorkloadError extends ForkerError {
  readonly line: number;
  readonly column: number;

  constructor(message: string, line: number, column: number) {
    super("badConfig", "ERR_FORKER_WORKLOAD", message);
    this.line = line;
    this.column = column;
  }
}

/** The place of a scanner's text in the string that the user wrote. */
interface Origin {
  readonly scanner: Scanner;
  readonly offset: number;
  /** False if escapes make the two differ: then every position is `offset`. */
  readonly exact: boolean;
}

/** A position in a string, and the only place that words what was expected there. */
export class Scanner {
  readonly text: string;
  readonly subject: string;
  position = 0;
  readonly #origin: Origin | undefined;

  constructor(text: string, subject: string, origin?: Origin) {
    this.text = text;
    this.subject = subject;
    this.#origin = origin;
  }

  get atEnd(): boolean {
    return this.position >= this.text.length;
  }

  /** Consumes the match of a sticky pattern at the position, and returns it. */
  consume(pattern: RegExp): RegExpExecArray | undefined {
    const match = this.look(pattern);
    if (match !== undefined) this.position += match[0].length;
    return match;
  }

  look(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.position;
    return pattern.exec(this.text) ?? undefined;
  }

  /** Skips spaces, and a comment up to the end of its line. */
  skipBlank(): void {
    this.consume(/[^\S\n]*(?:#[^\n]*)?/y);
  }

  skipBlankLines(): void {
    this.consume(/(?:\s|#[^\n]*)*/y);
  }

  fail(expected: string, { at = this.position, got = this.#describe(at), advice = "" } = {}): never {
    if (this.#origin !== undefined) {
      const { scanner, offset, exact } = this.#origin;
      return scanner.fail(expected, { at: exact ? offset + at : offset, got, advice });
    }
    const before = this.text.slice(0, at).split("\n");
    const column = (before.at(-1) ?? "").length + 1;
    const lines = this.text.split("\n");
    const place = lines.length > 1 ? `line ${before.length}, column ${column}` : `column ${column}`;
    const picture = pictureOf(lines[before.length - 1] ?? "", column);
    const advised = advice === "" ? "" : `; ${advice}`;
    throw new WorkloadError(
      `${this.subject}: expected ${expected}, got ${got} (${place})${advised}\n${picture}`,
      before.length,
      column,
    );
  }

  #describe(at: number): string {
    if (at >= this.text.length) return "the end";
    const rest = this.text.slice(at);
    if (rest.startsWith("\n")) return "the end of the line";
    return JSON.stringify((/^(?:[^\s,;]+|.)/su.exec(rest)?.[0] ?? "").slice(0, 40));
  }
}

const pictureWidth = 100;

/** The line with a caret below the column; for a long line, the part around it. */
function pictureOf(line: string, column: number): string {
  const from = Math.max(0, Math.min(column - pictureWidth / 2, line.length - pictureWidth));
  const shown = blanked(line.slice(from, from + pictureWidth));
  return `  ${shown}\n  ${" ".repeat(column - 1 - from)}^`;
}
