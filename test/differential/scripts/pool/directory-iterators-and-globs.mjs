import { mkdirSync, writeFileSync } from "node:fs";
import { cp, glob, mkdtemp, opendir } from "node:fs/promises";

mkdirSync("a/b", { recursive: true });
for (const name of ["a/1.txt", "a/b/2.txt"]) writeFileSync(name, name);
await cp("a", "c", { recursive: true });
const names = [];
for await (const entry of await opendir("c", { recursive: true })) names.push(entry.name);
const found = [];
for await (const name of glob("**/*.txt")) found.push(name);
console.log(names.sort(), found.sort(), (await mkdtemp("t-")).length);
