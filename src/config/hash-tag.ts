/**
 * Whether Redis Cluster hashes only a part of the key, and so keeps keys with the same part in one hash slot: the part between
 * the first opening brace and the next closing one, if it is not empty.
 */
export function hasHashTag(key: string): boolean {
  const open = key.indexOf("{");
  return open !== -1 && key.indexOf("}", open + 1) > open + 1;
}
