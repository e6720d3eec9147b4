import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

writeFileSync("one.ts", "interface A { a: number } export const one = (a: A): number => a.a;");
process.removeAllListeners("warning");
console.log((await import(pathToFileURL("one.ts").href)).one({ a: 5 }));
