import { registerHooks } from "node:module";

const hooks = registerHooks({
  resolve: (name, context, next) =>
    name === "virtual:one" ? { url: "virtual:one", shortCircuit: true } : next(name, context),
  load: (url, context, next) =>
    url === "virtual:one"
      ? { format: "module", source: "export default 'made up'", shortCircuit: true }
      : next(url, context),
});
console.log((await import("virtual:one")).default);
hooks.deregister();
