import { createHook, executionAsyncId, triggerAsyncId } from "node:async_hooks";
import { writeSync } from "node:fs";

const counts = {};
const hook = createHook({
  init: (_, type) => (counts[type] = (counts[type] ?? 0) + 1),
  before: () => (counts.before = (counts.before ?? 0) + 1),
}).enable();
await new Promise((resolve) => setTimeout(resolve, 2));
await new Promise(setImmediate);
hook.disable();
writeSync(
  1,
  `${JSON.stringify(Object.keys(counts).sort())} ${counts.Timeout} ${counts.Immediate} ${executionAsyncId() >= 0} ${triggerAsyncId() >= 0}\n`,
);
