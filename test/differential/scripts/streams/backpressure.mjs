import { Writable } from "node:stream";

let written = 0;
const slow = new Writable({
  highWaterMark: 10,
  write(chunk, _, done) {
    written += chunk.length;
    setImmediate(done);
  },
});
let drains = 0;
slow.on("drain", () => drains++);
for (let i = 0; i < 50; i++) if (!slow.write("0123456789")) await new Promise((resolve) => slow.once("drain", resolve));
slow.end(() => console.log(written, drains));
