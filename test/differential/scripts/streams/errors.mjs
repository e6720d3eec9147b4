import { finished, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

const failing = new Readable({
  read() {
    this.destroy(new Error("broken"));
  },
});
finished(failing, (error) => console.log("finished", error.message));
await pipeline(failing, async (source) => await source.toArray()).catch((error) =>
  console.log("pipeline", error.message),
);
