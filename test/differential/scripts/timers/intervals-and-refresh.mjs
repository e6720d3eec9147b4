let ticks = 0;
const interval = setInterval(() => {
  if (++ticks === 5) clearInterval(interval);
}, 1);
const late = setTimeout(() => console.log("refreshed", ticks >= 5, late.hasRef()), 30);
setTimeout(() => late.refresh(), 10);
