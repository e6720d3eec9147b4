import type { Project } from "./project.ts";

/**
 * An application file to complete. It has no processor, because one for `*` would take the jobs of each queue that it finds, and
 * `forker check` asks for one.
 */
export function applicationFile({ startFile, queues }: Pick<Project, "startFile" | "queues">): string {
  const load =
    startFile === undefined
      ? '    // await import("./app.js");'
      : `    // await import(${JSON.stringify(`./${startFile}`)}); // what npm start runs: import the parts that the processors need`;
  const found = queues.map(({ queue, file }) => {
    const key = /^[A-Za-z_]\w*$/.test(queue) ? queue : JSON.stringify(queue);
    return `    // ${key}: async (job, token, signal) => { /* … */ }, // the Worker in ${file}`;
  });
  const examples = found.length > 0 ? found : ["    // mail: async (job, token, signal) => { /* … */ },"];
  return `import { defineForker } from "bullmq-forker";

export default defineForker({
  // Runs once, before any worker is forked: load what the processors need. Connections may be open when it returns.
  async setup(forker) {
${load}
  },
  // Runs in each worker: start here what workers cannot share, such as servers and threads.
  async afterFork(worker) {},
  processors: {
    // One for each queue, by its name, by a glob such as "mail-*", or "*" for all others. A processor of a BullMQ Worker fits.
${examples.join("\n")}
  },
});
`;
}
