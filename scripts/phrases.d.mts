export interface Phrase {
  readonly name: string;
  /** Global, case-insensitive. */
  readonly pattern: RegExp;
  readonly instead: string;
}

export const phrases: readonly Phrase[];
