import tracer from "dd-trace";

tracer.init({ url: process.env.HTTP_URL });

export default {
  processors: { "*": async (job) => await tracer.trace("work", async () => job.data.n) },
};
