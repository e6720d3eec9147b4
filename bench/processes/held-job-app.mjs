// An application whose jobs never end, except those with the name `short`. Each start of one that does not is a line with the instant, by
// the system's monotonic clock.
import { writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { defineForker } from "bullmq-forker";

export default defineForker({
  processors: {
    held: async ({ id, name }, _token, signal) => {
      if (name === "short") return await pause(20);
      const at = Number(process.hrtime.bigint()) / 1e6;
      writeSync(1, `${JSON.stringify({ msg: "job started", id, pid: process.pid, at })}\n`);
      await new Promise((resolve) => {
        signal.addEventListener("abort", resolve);
      });
    },
  },
});
