import { watch } from "chokidar";

const files = watch(import.meta.dirname);
await new Promise((resolve) => files.once("ready", resolve));

export default { processors: { "*": async (job) => job.data.n } };
