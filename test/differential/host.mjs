// The process whose scripts are compared. `plain` runs the script that it is given, in a Node that has loaded nothing else.
// `template` has loaded what a template does, and runs each script that it is asked for in a forked child. Both call it from
// the same line, so that stacks are the same down to their bottom.
import { closeSync, openSync } from "node:fs";
import process from "node:process";
import { pathToFileURL } from "node:url";

const [mode, given] = process.argv.slice(2);

globalThis.hotOfTheHost = (a, b) => a + b;
for (let i = 0; i < 100_000; i++) globalThis.hotOfTheHost(i, 1);

const assignment = mode === "template" ? await (await loadTemplate()).forkOnRequest() : JSON.parse(given);
const { script, folder, stdin, stdout, stderr } = assignment;
process.argv = [process.argv[0], script];
process.title = "differential";
process.chdir(folder);
// POSIX gives the lowest free descriptor. process.stdout was not touched yet.
for (const [fd, file] of [stdin, stdout, stderr].entries()) {
  closeSync(fd);
  if (openSync(file, fd === 0 ? "r" : "a") !== fd) throw new Error(`descriptor ${fd} is not ${file}`);
}
// From the same phase of the event loop: a stack may begin with what called the first microtask.
await new Promise((resolve) => setTimeout(resolve, 0));
await import(pathToFileURL(script).href);

/** Unheard, because Node hints at --trace-warnings with a process' first warning: some Nodes warn that they strip types. */
async function loadTemplate() {
  const listeners = process.listeners("warning");
  process.removeAllListeners("warning");
  const template = await import("./template.ts");
  for (const listener of listeners) process.on("warning", listener);
  return template;
}
