import vm from "node:vm";
import { wrapBuiltIn } from "./wrap-built-in.ts";

/**
 * V8 seeds each context's Math.random from a generator of the process. Forked children inherit its state, so the first contexts
 * that they create would all draw the same numbers. Every context that JavaScript creates therefore gets `random`, the main
 * context's Math.random.
 */
export function shareWithNewContexts(random: () => number): void {
  const { createContext, isContext, runInContext } = vm;
  const share = (context: object): void => {
    const math = runInContext("Math", context) as object;
    Object.defineProperty(math, "random", { value: random, writable: true, configurable: true, enumerable: false });
  };
  wrapBuiltIn(vm, "createContext", (args, proceed) => {
    const isOld = isContextified(args[0], isContext);
    const context = proceed(args) as object;
    if (!isOld) share(context);
    return context;
  });
  /** The context that Node would create for these arguments. undefined: it exists already, or Node refuses the arguments. */
  const contextFor = (object: unknown, options: unknown): object | undefined => {
    if (isContextified(object, isContext)) return undefined;
    try {
      const context = Reflect.apply(createContext, vm, [object, contextOptions(options)]);
      share(context);
      return context;
    } catch {
      // The original function reports what is wrong with the arguments.
      return undefined;
    }
  };
  wrapBuiltIn(vm, "runInNewContext", ([code, object, options], proceed) =>
    proceed([code, contextFor(object, options) ?? object, options]),
  );
  wrapBuiltIn(vm.Script.prototype, "runInNewContext", ([object, options], proceed) =>
    proceed([contextFor(object, options) ?? object, options]),
  );
}

function isContextified(object: unknown, isContext: typeof vm.isContext): boolean {
  return typeof object === "object" && object !== null && isContext(object);
}

/** Translates the options of a run as lib/vm.js does. */
function contextOptions(options: unknown): object {
  if (typeof options !== "object" || options === null) return {};
  const { contextName, contextOrigin, contextCodeGeneration, microtaskMode } = options as Record<string, unknown>;
  const given = { name: contextName, origin: contextOrigin, codeGeneration: contextCodeGeneration, microtaskMode };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
