import { createInterface, cursorTo } from "node:readline";
import { PassThrough } from "node:stream";

const input = new PassThrough();
const lines = createInterface({ input, crlfDelay: Infinity });
lines.on("line", (line) => console.log("line", line)).on("close", () => console.log("closed"));
input.end("a\r\nb\nc");
console.log(cursorTo(new PassThrough(), 1));
