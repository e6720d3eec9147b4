import { builtinModules, isBuiltin } from "node:module";

const failed = [];
for (const name of builtinModules.filter(
  (one) => !one.startsWith("_") && !/^(repl|wasi|punycode|sys|node:sqlite|trace)/.test(one),
))
  await import(name.startsWith("node:") ? name : `node:${name}`).catch((error) =>
    failed.push(`${name} ${error.message}`),
  );
console.log(builtinModules.length, isBuiltin("fs"), failed, process.getBuiltinModule("fs") !== undefined);
