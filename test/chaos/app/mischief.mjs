// What the monkey makes a worker do from inside: on SIGWINCH the worker reads its orders from a file named by its pid.
import { readFileSync } from "node:fs";
import path from "node:path";
import { block } from "./behaviours.mjs";

const mb = 2 ** 20;

export function obeyMonkey() {
  process.on("SIGWINCH", () => {
    const {
      act,
      ms,
      mb: size,
    } = JSON.parse(readFileSync(path.join(process.env.CHAOS_FOLDER, `mischief-${process.pid}`), "utf8"));
    if (act === "block") block(ms);
    else if (act === "eat") {
      const held = Array.from({ length: size }, () => Buffer.alloc(mb, 1));
      setTimeout(() => held.splice(0), ms).unref();
    } else {
      const held = [];
      for (;;) held.push(Array.from({ length: 1_000 }, (_, i) => ({ text: `${held.length} ${i}` })));
    }
  });
}
