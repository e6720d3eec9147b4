import { setFlagsFromString } from "node:v8";

setFlagsFromString("--allow-natives-syntax");
const status = new Function("f", "return %GetOptimizationStatus(f)");
function add(a, b) {
  return a + b;
}
const optimized = Number(process.versions.node.split(".")[0]) >= 26 ? 1 << 3 : 1 << 4;
const isOptimized = () => (status(add) & optimized) !== 0;
async function heat(a, b) {
  const end = Date.now() + 20_000;
  while (!isOptimized() && Date.now() < end) {
    for (let i = 0; i < 3_000; i++) add(a, b);
    await new Promise(setImmediate);
  }
  return isOptimized();
}
console.log(await heat(1, 2));
console.log(add("a", "b"), isOptimized());
console.log(await heat("a", "b"), add(1, 2), add(1n, 2n));
