import { once } from "node:events";
import { MessageChannel, receiveMessageOnPort } from "node:worker_threads";

const { port1, port2 } = new MessageChannel();
port1.postMessage("synchronous");
console.log(receiveMessageOnPort(port2), receiveMessageOnPort(port2));
const buffer = new ArrayBuffer(8);
port1.postMessage({ buffer, map: new Map([[1, new Set([2])]]) }, [buffer]);
const [message] = await once(port2, "message");
console.log(message, buffer.byteLength);
port1.close();
