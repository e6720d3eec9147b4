/**
 * Applies a JSON merge patch (RFC 7396): null removes a key, objects are merged, everything else is replaced.
 * Returns new objects where something changed.
 */
export function merged(before, patch) {
  if (!isObject(patch)) return patch;
  const after = isObject(before) ? { ...before } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete after[key];
    else after[key] = merged(after[key], value);
  }
  return after;
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
