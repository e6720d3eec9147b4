import { AsyncLocalStorage } from "node:async_hooks";
import { readFile } from "node:fs/promises";
import { setTimeout } from "node:timers/promises";

const storage = new AsyncLocalStorage();
const seen = await Promise.all(
  [1, 2, 3].map((id) =>
    storage.run({ id }, async () => {
      await setTimeout(id);
      await readFile("/dev/null");
      await new Promise(setImmediate);
      return [id, storage.getStore()];
    }),
  ),
);
console.log(seen);
console.log(storage.getStore());
