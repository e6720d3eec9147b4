/** What a parser has against a text. */
export class Refused {
  /** What to do about it; "" where the expectation says it all. */
  readonly advice: string;
  /** What to show for "got", where the text itself must not be shown. */
  readonly got: string | undefined;

  constructor(advice = "", got?: string) {
    this.advice = advice;
    this.got = got;
  }
}
