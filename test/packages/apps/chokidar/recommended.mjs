import { watch } from "chokidar";

let files;

export default {
  afterFork: () => {
    files = watch(import.meta.dirname);
  },
  teardown: async () => await files?.close(),
  processors: { "*": async (job) => job.data.n },
};
