import { EventEmitter, getEventListeners } from "node:events";

const emitter = new EventEmitter({ captureRejections: true });
emitter.on("error", (error) => console.log("rejected", error.message));
emitter.on("a", async () => {
  throw new Error("in a listener");
});
emitter.once("b", (...args) => console.log(args));
console.log(emitter.emit("a"), emitter.emit("b", 1, 2), emitter.emit("b"), emitter.eventNames());
const target = new EventTarget();
target.addEventListener("c", (event) => console.log(event.type, event instanceof CustomEvent, event.detail), {
  once: true,
});
target.dispatchEvent(new CustomEvent("c", { detail: 7 }));
console.log(getEventListeners(target, "c").length);
