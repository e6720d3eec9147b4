import { EventEmitter, on, once } from "node:events";

const emitter = new EventEmitter();
setTimeout(() => {
  for (let i = 0; i < 3; i++) emitter.emit("value", i);
  emitter.emit("end");
}, 1);
for await (const [value] of on(emitter, "value", { close: ["end"] })) console.log(value);
setTimeout(() => emitter.emit("error", new Error("expected")), 1);
await once(emitter, "never").catch((error) => console.log(error.message));
