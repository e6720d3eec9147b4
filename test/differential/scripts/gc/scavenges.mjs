import { constants, PerformanceObserver } from "node:perf_hooks";

const { promise: scavenge, resolve } = Promise.withResolvers();
new PerformanceObserver((list) => {
  if (list.getEntries().some(({ detail }) => detail.kind === constants.NODE_PERFORMANCE_GC_MINOR)) resolve();
}).observe({ entryTypes: ["gc"] });

// Objects that are kept cannot be optimized away, and a ring of them leaves enough garbage to collect.
const ring = new Array(1000);
let sum = 0;
for (let i = 0; i < 3_000_000; i++) {
  ring[i % 1000] = { i, list: [i] };
  sum += ring[i % 1000].list[0];
}
const hold = setInterval(() => undefined, 1000);
await scavenge;
clearInterval(hold);
console.log(sum, "and a scavenge was seen");
