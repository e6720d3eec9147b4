import { createReadStream, createWriteStream, statSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";

const out = createWriteStream("numbers");
for (let i = 0; i < 100_000; i++) out.write(`${i}\n`);
await new Promise((resolve) => out.end(resolve));
await pipeline(createReadStream("numbers"), createGzip(), createWriteStream("numbers.gz"));
await pipeline(createReadStream("numbers.gz"), createGunzip(), createWriteStream("again"));
console.log(statSync("numbers").size, statSync("again").size);
