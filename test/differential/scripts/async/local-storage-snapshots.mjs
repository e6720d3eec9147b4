import { AsyncLocalStorage, AsyncResource } from "node:async_hooks";

const storage = new AsyncLocalStorage();
const inside = storage.run("inside", () => AsyncLocalStorage.snapshot());
const bound = storage.run("bound", () => AsyncResource.bind(() => storage.getStore()));
storage.enterWith("entered");
console.log(
  inside(() => storage.getStore()),
  bound(),
  storage.getStore(),
);
storage.disable();
console.log(storage.getStore());
