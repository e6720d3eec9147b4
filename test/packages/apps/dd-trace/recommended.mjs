import tracer from "dd-trace";

export default {
  afterFork: () => void tracer.init({ url: process.env.HTTP_URL }),
  processors: { "*": async (job) => await tracer.trace("work", async () => job.data.n) },
};
