import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

const upper = new Transform({ transform: (chunk, _, done) => done(null, `${chunk}`.toUpperCase()) });
await pipeline(Readable.from(["a", "b", "c"]), upper, async function* (source) {
  for await (const chunk of source) console.log(`${chunk}`);
});
