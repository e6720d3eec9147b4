// Jobs that do what a test tells them, and report where they ran.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as after } from "node:timers/promises";
import { promisify } from "node:util";
import { defineForker } from "bullmq-forker";

let windowChanges = 0;
const here = () => ({ pid: process.pid, uid: process.getuid() });

// oxlint-disable-next-line import/no-default-export -- an application file has one
export default defineForker({
  afterFork() {
    process.on("SIGWINCH", () => {
      windowChanges += 1;
      console.log(JSON.stringify({ msg: `SIGWINCH seen by ${process.pid}`, windowChanges }));
    });
  },
  processors: {
    quick: async () => here(),
    /** Ends when the test opens the gate, a file named by the job's id, or when its AbortSignal is aborted. */
    held: async (job, _token, signal) => {
      while (!existsSync(`/gates/${job.id}`) && !existsSync("/gates/all")) await after(20, undefined, { signal });
      return here();
    },
    /** Ends only when the test opens the gate. */
    deaf: async (job) => {
      while (!existsSync(`/gates/${job.id}`)) await after(20);
      return here();
    },
    /** Starts processes that end after their parent. */
    orphans: async (job) => {
      const script = `for i in $(seq ${Number(job.data.count)}); do (sleep 0.3 &) ; done`;
      await promisify(execFile)("/bin/sh", ["-c", script]);
      return here();
    },
  },
});
