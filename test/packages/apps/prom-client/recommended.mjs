import { Counter, collectDefaultMetrics, register } from "prom-client";

const jobs = new Counter({ name: "jobs", help: "Jobs" });

export default {
  afterFork: () => collectDefaultMetrics(),
  processors: {
    "*": async (job) => {
      jobs.inc();
      return (await register.metrics()).includes("process_cpu") ? job.data.n : -1;
    },
  },
};
