/**
 * Whether Redis Cluster looks at a part of the key only, and so keeps in one slot what has that part in common: what is
 * between the first brace and the next closing one, if there is anything.
 */
export function hasHashTag(key: string): boolean {
  const open = key.indexOf("{");
  return open !== -1 && key.indexOf("}", open + 1) > open + 1;
}
