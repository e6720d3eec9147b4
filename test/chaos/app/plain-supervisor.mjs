// The restart loop of the plain side: it starts every process that ends again. HUP replaces all, one by one; TERM ends all.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

process.title = "plain supervisor";
const file = fileURLToPath(new URL("./plain-worker.mjs", import.meta.url));
const restartDelayMs = 100;
/** The grace period, as with Docker and the kubelet. */
const graceMs = 30_000;
const children = new Map();
const leaving = new AbortController();
let rolling = false;

async function keep(slot) {
  while (!leaving.signal.aborted) {
    const child = spawn(process.execPath, [file, String(slot)], { stdio: ["ignore", "inherit", "inherit"] });
    children.set(slot, child);
    await once(child, "exit");
    await setTimeout(restartDelayMs);
  }
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const late = global.setTimeout(() => child.kill("SIGKILL"), graceMs);
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
  clearTimeout(late);
}

process.on("SIGHUP", () => {
  if (rolling) return;
  rolling = true;
  void (async () => {
    for (const child of children.values()) await end(child);
    rolling = false;
  })();
});
process.on("SIGTERM", () => {
  leaving.abort();
  for (const child of children.values()) void end(child);
});
for (let slot = 0; slot < Number(process.env.CHAOS_SLOTS); slot++) void keep(slot);
