/** Why a parser refuses a string. */
export class Refused {
  /** What to do about it; "" if the expectation is enough. */
  readonly advice: string;
  /** What to show for "got" if the string itself must not be shown. */
  readonly got: string | undefined;

  constructor(advice = "", got?: string) {
    this.advice = advice;
    this.got = got;
  }
}
