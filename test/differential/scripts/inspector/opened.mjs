// stderr: ^Debugger listening on ws://127\.0\.0\.1
import { close, open, url } from "node:inspector";

open(0, "127.0.0.1");
const { port } = new URL(url());
const version = await (await fetch(`http://127.0.0.1:${port}/json/version`)).json();
const [target] = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
console.log(version["Protocol-Version"], target.type, target.webSocketDebuggerUrl === url());
const client = new WebSocket(url());
await new Promise((resolve) => (client.onopen = resolve));
client.send(JSON.stringify({ id: 1, method: "Runtime.evaluate", params: { expression: "process.pid" } }));
const answer = await new Promise((resolve) => (client.onmessage = (event) => resolve(JSON.parse(event.data))));
console.log(answer.result.result.value === process.pid);
client.close();
await new Promise((resolve) => (client.onclose = resolve));
close();
console.log(url());
