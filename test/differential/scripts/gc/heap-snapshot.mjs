import { getHeapSnapshot } from "node:v8";

globalThis.marker = new (class MarkedForTheSnapshot {})();
let text = "";
for await (const chunk of getHeapSnapshot()) text += chunk;
const snapshot = JSON.parse(text);
console.log(snapshot.strings.includes("MarkedForTheSnapshot"), snapshot.snapshot.meta.node_fields.length);
