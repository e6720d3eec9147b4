import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import type * as TypeScript from "../types/node_modules/typescript/lib/typescript.js";

/** TypeScript 7 has no API in JavaScript. */
const ts = createRequire(import.meta.url)(
  path.join(import.meta.dirname, "../types/node_modules/typescript"),
) as typeof TypeScript;

/** The keys of an interface that BullMQ exports, those of its base interfaces included. */
export function keysOf(bullFolder: string, name: string): string[] {
  const file = path.join(bullFolder, "dist/esm/index.d.ts");
  const program = ts.createProgram([file], { module: ts.ModuleKind.NodeNext, types: [], skipLibCheck: true });
  const checker = program.getTypeChecker();
  const source = program.getSourceFile(file);
  const symbol = source && checker.getSymbolAtLocation(source);
  const exported = symbol && checker.getExportsOfModule(symbol).find((one) => one.name === name);
  assert.ok(exported, `${name} in ${file}`);
  const target = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
  return checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(target)).map((one) => one.name);
}
