import { createHistogram, monitorEventLoopDelay, PerformanceObserver, performance } from "node:perf_hooks";

new PerformanceObserver((list) =>
  console.log(list.getEntries().map(({ name, entryType }) => [name, entryType])),
).observe({
  entryTypes: ["mark", "measure", "function"],
});
performance.mark("a");
performance.measure("b", "a");
performance.timerify(function timed() {})();
const histogram = createHistogram();
histogram.record(5);
console.log(histogram.min, histogram.count, performance.getEntriesByName("a").length);
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
await new Promise((resolve) => setTimeout(resolve, 30));
delay.disable();
console.log(delay.count > 0, delay.min > 0, performance.eventLoopUtilization().utilization <= 1);
