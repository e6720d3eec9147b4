import { stop, transform } from "esbuild";

const echo = async (n) => Number(/\d+/.exec((await transform(`export default ${n}`)).code)[0]);

export default {
  setup: async () => {
    await echo(1);
    await stop();
  },
  teardown: async () => await stop(),
  processors: { "*": async (job) => await echo(job.data.n) },
};
