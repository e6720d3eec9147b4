import vm from "node:vm";
import { wrapBuiltIn } from "./wrap-built-in.ts";

/**
 * V8 seeds each context's Math.random from a generator of the process, which forked children inherit: the first context
 * that each of them makes would draw what the others' draw. So contexts that JavaScript makes are given the same function as
 * the main one has. `random` is Math.random.
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
  /** The context that Node would make of these arguments. undefined: there is one already, or Node refuses them. */
  const contextFor = (object: unknown, options: unknown): object | undefined => {
    if (isContextified(object, isContext)) return undefined;
    try {
      const context = Reflect.apply(createContext, vm, [object, contextOptions(options)]);
      share(context);
      return context;
    } catch {
      // Node says better what is wrong with its arguments.
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

/** As lib/vm.js takes them from the options of a run. */
function contextOptions(options: unknown): object {
  if (typeof options !== "object" || options === null) return {};
  const { contextName, contextOrigin, contextCodeGeneration, microtaskMode } = options as Record<string, unknown>;
  const given = { name: contextName, origin: contextOrigin, codeGeneration: contextCodeGeneration, microtaskMode };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
