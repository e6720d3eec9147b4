import { readFile, writeFile } from "node:fs/promises";

await Promise.all(Array.from({ length: 200 }, (_, i) => writeFile(`f${i}`, `${i}`.repeat(1_000))));
const texts = await Promise.all(Array.from({ length: 200 }, (_, i) => readFile(`f${i}`, "utf8")));
console.log(texts.reduce((sum, text) => sum + text.length, 0));
