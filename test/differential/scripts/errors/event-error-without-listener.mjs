import { EventEmitter } from "node:events";

new EventEmitter().emit("error", new Error("without a listener"));
