// node: --max-old-space-size=64
// stderr: JavaScript heap out of memory
import { setHeapSnapshotNearHeapLimit } from "node:v8";

setHeapSnapshotNearHeapLimit(1);
process.on("exit", () => console.log("no exit event before an abort"));
const kept = [];
for (;;) kept.push(new Array(100_000).fill(kept.length));
