import { createInterface } from "node:readline/promises";

const lines = createInterface({ input: process.stdin, output: process.stdout });
console.log(await lines.question("first? "));
lines.close();
