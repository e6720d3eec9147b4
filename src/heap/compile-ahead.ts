import { setFlagsFromString } from "node:v8";
import { runInThisContext } from "node:vm";

type Compile = (function_: unknown) => void;

/**
 * Compiles functions that this process itself may never call, so that forked processes, which call them first, share what V8 has
 * compiled: V8 compiles a function when it is called for the first time, and for a short one in a large file this takes longer than the
 * call. Returns whether V8 can do that.
 */
export function compileAhead(functions: readonly unknown[]): boolean {
  // Cleared at once, because code caches are checked against it.
  setFlagsFromString("--allow-natives-syntax");
  try {
    const compile = runInThisContext("(f) => void %PrepareFunctionForOptimization(f)") as Compile;
    for (const one of functions) if (typeof one === "function" && !isClass(one)) compile(one);
    return true;
  } catch {
    // This V8 does not have the call.
    return false;
  } finally {
    setFlagsFromString("--no-allow-natives-syntax");
  }
}

/** Everything that these objects have as a value of their own or as a method of their class, accessors included. */
export function partsOf(...objects: readonly (object | undefined)[]): unknown[] {
  return objects.flatMap((one) => (one === undefined ? [] : [...ownPartsOf(one), ...methodsOf(one)]));
}

function methodsOf(one: object): unknown[] {
  const prototype = Object.getPrototypeOf(one) as object | null;
  return prototype === null || prototype === Object.prototype ? [] : ownPartsOf(prototype);
}

function ownPartsOf(one: object): unknown[] {
  return Object.values(Object.getOwnPropertyDescriptors(one)).flatMap(
    (property) => Object.values(property) as unknown[],
  );
}

/** A native function, a class and a bound function are not what V8 expects here. */
function isClass(function_: { toString(): string }): boolean {
  const text = Function.prototype.toString.call(function_);
  return text.startsWith("class") || text.endsWith("{ [native code] }");
}
