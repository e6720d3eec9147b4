// stderr: MaxListenersExceededWarning.*
import { EventEmitter } from "node:events";

const emitter = new EventEmitter();
for (let i = 0; i < 12; i++) emitter.on("x", () => undefined);
