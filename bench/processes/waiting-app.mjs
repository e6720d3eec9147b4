// An application whose jobs wait for the time in their data, and return the worker that ran them.
import { setTimeout as pause } from "node:timers/promises";
import { defineForker } from "bullmq-forker";

export default defineForker({
  processors: {
    "*": async ({ data }) => {
      await pause(data.ms);
      return process.pid;
    },
  },
});
