import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");
const gone = [];
const registry = new FinalizationRegistry((name) => gone.push(name));
for (let i = 0; i < 10; i++) registry.register({ i }, i);
while (gone.length < 10) {
  gc();
  await setTimeout(1);
}
console.log(gone.toSorted((a, b) => a - b));
