type Json = string | number | boolean | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [key: string]: Json;
}

/** null: the key has gone. */
export interface Difference {
  [key: string]: Json | Difference | null;
}

/** What turns `before` into `after`, as a JSON merge patch (RFC 7396). undefined: they are the same. Arrays are replaced whole. */
export function differenceOf(before: object, after: object): Difference | undefined {
  const difference: Difference = {};
  const [old, young] = [before as JsonObject, after as JsonObject];
  for (const key of Object.keys(old)) if (!Object.hasOwn(young, key)) define(difference, key, null);
  for (const [key, value] of Object.entries(young)) {
    const former = Object.hasOwn(old, key) ? old[key] : undefined;
    if (isObject(former) && isObject(value)) {
      const inner = differenceOf(former, value);
      if (inner !== undefined) define(difference, key, inner);
    } else if (former !== value && JSON.stringify(former) !== JSON.stringify(value)) define(difference, key, value);
  }
  return Object.keys(difference).length === 0 ? undefined : difference;
}

/** Assigning to `__proto__` would change the object's prototype instead. */
function define(difference: Difference, key: string, value: Difference[string]): void {
  Object.defineProperty(difference, key, { value, enumerable: true, writable: true, configurable: true });
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && !Array.isArray(value);
}
