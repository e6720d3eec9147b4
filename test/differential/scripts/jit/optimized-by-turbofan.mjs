// Bits of Runtime_GetOptimizationStatus (V8, runtime.h). In V8 14, one bit fewer precedes them.
import { setFlagsFromString } from "node:v8";

setFlagsFromString("--allow-natives-syntax");
const status = new Function("f", "return %GetOptimizationStatus(f)");
const turbofanned = Number(process.versions.node.split(".")[0]) >= 26 ? 1 << 5 : 1 << 6;
function hot(n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = (Math.imul(sum, 31) + i) | 0;
  return sum;
}
const end = Date.now() + 20_000;
const isTurbofanned = () => (status(hot) & turbofanned) !== 0;
while (!isTurbofanned() && Date.now() < end) {
  for (let i = 0; i < 100; i++) hot(1_000);
  await new Promise(setImmediate);
}
console.log("optimized by TurboFan:", isTurbofanned(), hot(1_000));
