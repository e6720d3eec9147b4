/** From this length on, the beginning of a name identifies it, however much of it is missing. */
const fewestLetters = 4;

/** Words with fewer letters are alike only if they are equal. */
const fewestLettersOfWord = 4;

/** The candidate that `word` was most likely meant to be. undefined: none is similar enough. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const begun = candidates.filter((candidate) => candidate.toLowerCase().startsWith(word.toLowerCase()));
  if (word.length >= fewestLetters && begun.length > 0) return begun.reduce((a, b) => (b.length < a.length ? b : a));
  return nearestBySlips(word, candidates) ?? nearestByWords(word, candidates);
}

function nearestBySlips(word: string, candidates: readonly string[]): string | undefined {
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    // FORKER_CHECK and FORKER_USER have only their prefix in common.
    const [rest] = withoutPrefix(word, candidate);
    const limit = Math.max(1, Math.floor(rest.join("").length / 3));
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit && distance < (best?.distance ?? Number.POSITIVE_INFINITY)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** The candidate that shares at least half of its words, and more than any other does. */
function nearestByWords(word: string, candidates: readonly string[]): string | undefined {
  const scored = candidates.map((candidate) => ({ candidate, share: sharedWords(word, candidate) }));
  const best = Math.max(...scored.map(({ share }) => share));
  const [first, second] = scored.filter(({ share }) => share === best);
  return best >= 1 / 2 && second === undefined ? first?.candidate : undefined;
}

/** The share of words in common, apart from the prefix. */
function sharedWords(word: string, candidate: string): number {
  const [own, others] = withoutPrefix(word, candidate);
  // The whole candidate, with something added.
  if (others.length === 0) return 1 / 2;
  const shared = own.filter((one) => others.some((other) => isAlike(one, other)));
  return shared.length / Math.max(own.length, others.length);
}

function isAlike(one: string, other: string): boolean {
  return one === other || (Math.min(one.length, other.length) >= fewestLettersOfWord && editDistance(one, other) <= 1);
}

/** The words of both, without the first if both begin with it. */
function withoutPrefix(one: string, other: string): [string[], string[]] {
  const [ones, others] = [wordsOf(one), wordsOf(other)];
  return ones[0] === others[0] ? [ones.slice(1), others.slice(1)] : [ones, others];
}

/** The words of a NAME_LIKE_THIS, a name-like-this or a nameLikeThis. */
function wordsOf(name: string): string[] {
  return name
    .split(/[_-]|(?<=[a-z\d])(?=[A-Z])/)
    .filter(Boolean)
    .map((word) => word.toLowerCase());
}

/** `; did you mean "mail"?`, or nothing. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const candidate = nearest(word, candidates);
  return candidate === undefined ? "" : `; did you mean "${candidate}"?`;
}

/** Insertions, deletions and replacements count one each, as does a swap of two neighbours. */
function editDistance(left: string, right: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const same = left[row - 1] === right[column - 1];
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, right.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
