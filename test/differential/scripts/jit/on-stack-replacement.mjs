import { setFlagsFromString } from "node:v8";

setFlagsFromString("--allow-natives-syntax");
const status = new Function("f", "return %GetOptimizationStatus(f)");
let wasOptimizedInside = false;
function once() {
  const atFirst = status(once);
  let sum = 0;
  for (let i = 0; i < 200_000_000; i++) {
    sum = (sum + (i ^ 3)) | 0;
    if (i % 5_000_000 === 0 && status(once) !== atFirst) wasOptimizedInside = true;
  }
  return sum;
}
console.log(once(), wasOptimizedInside);
