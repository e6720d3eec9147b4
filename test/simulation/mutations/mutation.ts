/** One change of a source file. */
export interface Edit {
  readonly file: string;
  /** Must occur exactly once. */
  readonly from: string;
  readonly to: string;
}

/** A fault that is put into init on purpose. The simulation should find it. */
export interface Mutation {
  readonly name: string;
  readonly edits: readonly Edit[];
  /** Why no world can show it. undefined: some world should. */
  readonly isEquivalent?: string;
}

/** Throws if the text is not there: the source has changed, and the mutation must follow it. */
export function edited(text: string, { file, from, to }: Edit): string {
  const parts = text.split(from);
  if (parts.length !== 2)
    throw new Error(`${file}: expected the text once, found it ${parts.length - 1} times: ${from}`);
  return parts.join(to);
}
