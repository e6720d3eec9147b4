// The process that runs the compared scripts. `plain` runs one script in a Node that has loaded nothing else. `template` has
// loaded what a template loads, and runs each requested script in a forked child. Both call the script from the same line, so
// that whole stacks are equal.
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
// POSIX returns the lowest free descriptor. process.stdout has not been used yet.
for (const [fd, file] of [stdin, stdout, stderr].entries()) {
  closeSync(fd);
  if (openSync(file, fd === 0 ? "r" : "a") !== fd) throw new Error(`descriptor ${fd} is not ${file}`);
}
// Starts in the same phase of the event loop, because a stack may begin with the caller of the first microtask.
await new Promise((resolve) => setTimeout(resolve, 0));
await import(pathToFileURL(script).href);

/** Suppresses the warning of Nodes that strip types: with a process's first warning, Node prints a hint at --trace-warnings. */
async function loadTemplate() {
  const listeners = process.listeners("warning");
  process.removeAllListeners("warning");
  const template = await import("./template.ts");
  for (const listener of listeners) process.on("warning", listener);
  return template;
}
