type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Calls the original with these arguments, as a function or with `new`, as the caller did. */
type Proceed = (args: readonly unknown[]) => unknown;

/**
 * Changes what a built-in function does when it is called. Its name, its length, its own properties, and whether it is a
 * constructor stay the same. Does nothing if this Node lacks the function.
 */
export function wrapBuiltIn(
  owner: object,
  name: string,
  around: (args: readonly unknown[], proceed: Proceed) => unknown,
): void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  if (typeof descriptor?.value !== "function") return;
  const value = new Proxy(descriptor.value as AnyFunction, {
    apply: (target, self, given) => around(given, (args) => Reflect.apply(target, self, [...args])),
    construct: (target, given, newTarget) =>
      around(given, (args) => Reflect.construct(target, [...args], newTarget) as unknown) as object,
  });
  Object.defineProperty(owner, name, { ...descriptor, value });
}
