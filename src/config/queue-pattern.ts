/** Whether a pattern stands for any number of queues: `*` is any text, `?` any one character. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** Whether one pattern, without its negation, is true of a queue. */
export function matchesQueue(pattern: string, queue: string): boolean {
  return pattern === queue || (isGlob(pattern) && expressionOf(pattern).test(queue));
}

/**
 * The queues that a list of patterns takes, in strict priority order. A literal stands where it is written, known or
 * not; a glob becomes the known queues that it is true of, alphabetically; each queue has its first place only. A
 * negation removes what it is true of from the whole list, literals too, wherever it stands.
 */
export function matchesQueues(patterns: readonly string[], known: readonly string[]): string[] {
  const negations = patterns.filter((pattern) => pattern.startsWith("!")).map((pattern) => pattern.slice(1));
  const alphabetical = known.toSorted();
  const taken = new Set<string>();
  for (const pattern of patterns) {
    if (pattern.startsWith("!")) continue;
    const queues = isGlob(pattern) ? alphabetical.filter((queue) => matchesQueue(pattern, queue)) : [pattern];
    for (const queue of queues) {
      if (!negations.some((negation) => matchesQueue(negation, queue))) taken.add(queue);
    }
  }
  return [...taken];
}

/** Which of some patterns speaks for a queue: its own name, else the glob that says most of it. undefined: none. */
export function bestPattern(patterns: readonly string[], queue: string): string | undefined {
  if (patterns.includes(queue)) return queue;
  return patterns
    .filter((pattern) => isGlob(pattern) && matchesQueue(pattern, queue))
    .toSorted((left, right) => literalLength(right) - literalLength(left))[0];
}

/** How much of a queue's name a glob says; `?` says more than `*`, for it is one character. */
function literalLength(glob: string): number {
  return glob.replaceAll("*", "").length;
}

/** Whether the list can change as queues come to be. */
export function isDynamic(patterns: readonly string[]): boolean {
  return patterns.some((pattern) => !pattern.startsWith("!") && isGlob(pattern));
}

const expressions = new Map<string, RegExp>();

function expressionOf(glob: string): RegExp {
  let expression = expressions.get(glob);
  if (expression === undefined) {
    const source = glob
      .replaceAll(/[\\^$.|+()[\]{}/]/g, String.raw`\$&`)
      .replaceAll(/\*+/g, ".*")
      .replaceAll("?", ".");
    expression = new RegExp(`^${source}$`, "su");
    expressions.set(glob, expression);
  }
  return expression;
}
