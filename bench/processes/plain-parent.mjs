// The plain side's supervisor: child_process.fork for every worker, all at once; a rolling restart on SIGHUP.
import { fork } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import process from "node:process";

const program = path.join(import.meta.dirname, "plain-worker.mjs");
const [count, parallel, ...queues] = process.argv.slice(2);
const living = new Set();
process.once("SIGTERM", () => void end());
process.once("disconnect", () => void end());
let children = await Promise.all(Array.from({ length: Number(count) }, start));
process.send({ kind: "ready", pids: children.map((child) => child.pid) });
process.on("SIGHUP", () => void restart());

async function start() {
  const child = fork(program, queues);
  living.add(child);
  child.once("exit", () => living.delete(child));
  await once(child, "message");
  return child;
}

/** Replaces as many at a time as there are processors; an old worker ends when its successor is ready. */
async function restart() {
  const old = [...children];
  children = [];
  const lane = async () => {
    for (let child = old.pop(); child !== undefined; child = old.pop()) {
      children.push(await start());
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    }
  };
  await Promise.all(Array.from({ length: Number(parallel) }, lane));
  process.send({ kind: "replaced", pids: children.map((child) => child.pid) });
}

async function end() {
  const exits = [...living].map((child) => once(child, "exit"));
  for (const child of living) child.kill("SIGTERM");
  await Promise.all(exits);
  process.exit();
}
