/** Whether a pattern can match several queues: `*` matches any string, `?` any one character. */
export function isGlob(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** Whether one pattern, without its negation, matches a queue. */
export function matchesQueue(pattern: string, queue: string): boolean {
  return pattern === queue || (isGlob(pattern) && expressionOf(pattern).test(queue));
}

/**
 * The queues that a list of patterns takes, in strict priority order. A literal keeps its place, whether the
 * queue is known or not; a glob becomes the known queues that it matches, in alphabetical order; a queue keeps its first place
 * only. A negation removes what it matches from the whole list, including literals, wherever it is written.
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

/** The weight of a queue: that of the first pattern that takes it. `weights`: one for each pattern. */
export function weightOf(patterns: readonly string[], weights: readonly number[], queue: string): number {
  return weights[patterns.findIndex((pattern) => !pattern.startsWith("!") && matchesQueue(pattern, queue))] ?? 1;
}

/** The pattern that applies to a queue: its own name, or else the matching glob with the most literal characters. undefined: none. */
export function bestPattern(patterns: readonly string[], queue: string): string | undefined {
  if (patterns.includes(queue)) return queue;
  return patterns
    .filter((pattern) => isGlob(pattern) && matchesQueue(pattern, queue))
    .toSorted((left, right) => literalLength(right) - literalLength(left))[0];
}

/** How many characters of a queue's name a glob fixes; `?` counts, because it is one character. */
function literalLength(glob: string): number {
  return glob.replaceAll("*", "").length;
}

/** Whether the list can change when new queues appear. */
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
