import { PerformanceObserver, performance } from "node:perf_hooks";

const seen = new Set();
new PerformanceObserver((list) => list.getEntries().forEach((entry) => seen.add(entry.detail.kind))).observe({
  entryTypes: ["gc"],
});
let sum = 0;
for (let i = 0; i < 3_000_000; i++) sum += { i, list: [i] }.list[0];
await new Promise((resolve) => setTimeout(resolve, 20));
console.log(sum, "scavenges seen:", seen.has(performance.constructor === undefined ? 0 : 1));
