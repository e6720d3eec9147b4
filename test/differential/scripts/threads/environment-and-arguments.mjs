import { SHARE_ENV, Worker } from "node:worker_threads";

const source = `console.log(process.env.OF_THE_TEST, process.argv.slice(2), process.execArgv.length)`;
process.env.OF_THE_TEST = "one";
for (const env of [undefined, SHARE_ENV, { OF_THE_TEST: "two" }]) {
  const worker = new Worker(source, { eval: true, env, argv: ["a", "b"] });
  await new Promise((resolve) => worker.once("exit", resolve));
}
