import { Readable } from "node:stream";

Readable.from(["a\n", "b\n"]).pipe(process.stdout);
