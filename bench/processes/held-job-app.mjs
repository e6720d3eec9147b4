// An application whose jobs never end. Each start of one is a line with the instant, by the system's monotonic clock.
import { writeSync } from "node:fs";
import { defineForker } from "bullmq-forker";

export default defineForker({
  processors: {
    held: async ({ id }, _token, signal) => {
      const at = Number(process.hrtime.bigint()) / 1e6;
      writeSync(1, `${JSON.stringify({ msg: "job started", id, pid: process.pid, at })}\n`);
      await new Promise((resolve) => {
        signal.addEventListener("abort", resolve);
      });
    },
  },
});
