import { createHistogram, monitorEventLoopDelay, PerformanceObserver, performance } from "node:perf_hooks";

const observed = Promise.withResolvers();
new PerformanceObserver((list) =>
  observed.resolve(list.getEntries().map(({ name, entryType }) => [name, entryType])),
).observe({
  entryTypes: ["mark", "measure", "function"],
});
performance.mark("a");
performance.measure("b", "a");
performance.timerify(function timed() {})();
console.log(await observed.promise);
const histogram = createHistogram();
histogram.record(5);
console.log(histogram.min, histogram.count, performance.getEntriesByName("a").length);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
while (delay.count === 0) await new Promise((resolve) => setTimeout(resolve, 2));
delay.disable();
console.log(delay.min > 0, performance.eventLoopUtilization().utilization <= 1);
