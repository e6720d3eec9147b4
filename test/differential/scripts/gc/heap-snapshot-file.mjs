import { statSync, unlinkSync } from "node:fs";
import { writeHeapSnapshot } from "node:v8";

const file = writeHeapSnapshot("one.heapsnapshot");
console.log(file, statSync(file).size > 100_000);
unlinkSync(file);
