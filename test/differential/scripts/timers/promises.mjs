import { scheduler, setImmediate, setInterval, setTimeout } from "node:timers/promises";

console.log(
  await setTimeout(2, "timeout"),
  await setImmediate("immediate"),
  await scheduler.wait(1),
  await scheduler.yield(),
);
let count = 0;
for await (const value of setInterval(1, "tick")) if (++count === 3) break;
await setTimeout(60_000, undefined, { signal: AbortSignal.timeout(5) }).catch((error) =>
  console.log(error.name, error.code, count),
);
