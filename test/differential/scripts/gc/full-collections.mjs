import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");
let kept = [];
for (let round = 0; round < 20; round++) {
  kept = kept.concat(Array.from({ length: 5_000 }, (_, i) => ({ round, i, text: `${round}-${i}` })));
  gc();
}
console.log(kept.length, kept.at(-1));
