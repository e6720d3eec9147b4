import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

writeFileSync("one.json", '{"a":[1]}');
console.log((await import(pathToFileURL("one.json").href, { with: { type: "json" } })).default);
console.log(await import("data:text/javascript,export const a = 1"));
console.log((await import('data:application/json,{"b":2}', { with: { type: "json" } })).default);
