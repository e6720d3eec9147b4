import { Readable } from "node:stream";

console.log(
  await Readable.from([1, 2, 3, 4])
    .filter((n) => n % 2 === 0)
    .map((n) => n * 10)
    .toArray(),
);
console.log(await Readable.from([1, 2, 3]).reduce((a, b) => a + b), await Readable.from([5, 6]).take(1).toArray());
