let ticks = 0;
await new Promise((resolve) => {
  const interval = setInterval(() => {
    if (++ticks < 5) return;
    clearInterval(interval);
    resolve();
  }, 1);
});
const begun = performance.now();
const late = setTimeout(() => {
  // A timer counts whole milliseconds, and may start in one that has nearly passed.
  console.log("refreshed", ticks, performance.now() - begun >= 30 + 10 - 2, late.hasRef());
}, 30);
setTimeout(() => late.refresh(), 10);
