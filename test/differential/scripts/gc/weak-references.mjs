import { setTimeout } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");
const kept = { name: "kept" };
const map = new WeakMap([[kept, 1]]);
const references = [new WeakRef(kept), new WeakRef({ name: "gone" })];
await setTimeout(1);
gc();
console.log(
  references.map((one) => one.deref()?.name),
  map.get(kept),
);
