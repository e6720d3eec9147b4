// Bits of Runtime_GetOptimizationStatus (V8, runtime.h). In V8 14, one bit fewer precedes it. Node 22 has no Maglev.
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--allow-natives-syntax");
const status = new Function("f", "return %GetOptimizationStatus(f)");
const major = Number(process.versions.node.split(".")[0]);
const maglevved = major >= 26 ? 1 << 4 : 1 << 5;
const add = (a, b) => a.value + b.value;
const end = Date.now() + 20_000;
let seen = 0;
while (major >= 24 && (seen & maglevved) === 0 && Date.now() < end) {
  for (let i = 0; i < 100; i++) add({ value: i }, { value: 1 });
  await new Promise(setImmediate);
  seen |= status(add);
}
console.log("optimized by Maglev:", (seen & maglevved) !== 0, add({ value: 1 }, { value: 2 }));
