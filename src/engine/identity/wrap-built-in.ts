type AnyFunction = (this: unknown, ...args: unknown[]) => unknown;

/** Calls what was there before, with these arguments: as a function, or with `new`, as the caller did. */
type Proceed = (args: readonly unknown[]) => unknown;

/**
 * Changes what a built-in function does when it is called, and nothing else that code can see: its name, its length, its own
 * properties, and whether it is a constructor stay the same. A Node that lacks the function is left as it is.
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
