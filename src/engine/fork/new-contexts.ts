import vm from "node:vm";

type Options = Readonly<Record<string, unknown>> | string | undefined;
type AnyMethod = (this: unknown, ...args: unknown[]) => unknown;
type Create = (object?: object, options?: object) => vm.Context;

/**
 * V8 seeds each context's Math.random from a generator of the process', which forked children inherit: the first context
 * that each of them makes would draw what the others' draw. So contexts that JavaScript makes are given the same function as
 * the main one has. `random` is Math.random.
 */
export function shareWithNewContexts(random: () => number): void {
  const { createContext, runInContext, runInNewContext } = vm;
  const { runInNewContext: runScript } = vm.Script.prototype as unknown as Record<string, AnyMethod>;
  const create: Create = (object, options) => {
    const isNew = object === undefined || typeof object === "symbol" || !vm.isContext(object);
    const context = createContext(object, options);
    if (!isNew) return context;
    const math = runInContext("Math", context) as object;
    Object.defineProperty(math, "random", { value: random, writable: true, configurable: true, enumerable: false });
    return context;
  };
  replace(vm, "createContext", create);
  replace(vm, "runInNewContext", (code: string, object?: object, options?: Options): unknown =>
    runInNewContext(code, create(object, contextOptions(options)), options),
  );
  replace(
    vm.Script.prototype,
    "runInNewContext",
    function (this: vm.Script, object?: object, options?: Options): unknown {
      return Reflect.apply(runScript as AnyMethod, this, [create(object, contextOptions(options)), options]);
    },
  );
}

/** As lib/vm.js takes them from the options of a run. */
function contextOptions(options: Options): object {
  if (typeof options !== "object") return {};
  const { contextName, contextOrigin, contextCodeGeneration, microtaskMode } = options;
  const given = { name: contextName, origin: contextOrigin, codeGeneration: contextCodeGeneration, microtaskMode };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function replace(owner: object, name: string, value: unknown): void {
  Object.defineProperty(owner, name, { ...Object.getOwnPropertyDescriptor(owner, name), value });
}
