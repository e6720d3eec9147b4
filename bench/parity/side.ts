// One side of bench/parity.ts: loads an application and the work, and runs the work when the benchmark asks for it. `plain` runs
// it in this process; `collected` too, after the collection that a template makes before it forks; `fork` in a worker that was
// forked after the load; `warmed` in one whose template had run the work before.
import { once } from "node:events";
import net from "node:net";
import readline from "node:readline";
import { setImmediate } from "node:timers/promises";
import { forkBatch } from "../../src/engine/fork/fork-batch.ts";
import { becomeQuiet, settleHeap } from "../../src/engine/fork/quiet.ts";
import { becomeForkedChild } from "../../src/engine/identity/become-forked-child.ts";
import { trackEntropy } from "../../src/engine/identity/entropy.ts";
import { native } from "../../src/native/binding.ts";

interface Application {
  setup(forker: { user(): void }): Promise<void>;
}

const [way = "", work = "", socketPath = "", benchPid = "", applicationFile = ""] = process.argv.slice(2);
const isFork = way === "fork" || way === "warmed";
const deadlineMs = 20_000;
const warmUpRuns = 12;

if (isFork) trackEntropy();
for (const name of ["bullmq", "ioredis", "pino"]) await import(name);
if (applicationFile !== "") {
  const { default: application } = (await import(applicationFile)) as { default: Application };
  await application.setup({ user: () => undefined });
}
const { run } = (await import(`./${work}.ts`)) as { run(this: void): unknown };

if (!isFork) {
  if (way === "collected") settleHeap();
  await serve();
} else {
  if (way === "warmed") for (let i = 0; i < warmUpRuns; i++) await run();
  await becomeQuiet({ deadlineMs });
  settleHeap();
  await setImmediate();
  const { role } = forkBatch(1, { deadlineMs });
  if (role === "child") {
    becomeForkedChild({ title: `parity ${work}` });
    native().tieLifeToParent(Number(benchPid), deadlineMs);
    native().unblockSignals();
    await serve();
  } else {
    // It lives as long as its worker, like a template, so that what they share stays shared.
    await once(process.stdin.resume(), "end");
    process.exit(0);
  }
}

async function serve(): Promise<void> {
  const socket = net.connect(socketPath);
  await once(socket, "connect");
  socket.write(`${JSON.stringify({ pid: process.pid })}\n`);
  for await (const _ of readline.createInterface({ input: socket })) {
    const cpu = process.cpuUsage();
    const began = performance.now();
    await run();
    const ms = performance.now() - began;
    const { user, system } = process.cpuUsage(cpu);
    socket.write(`${JSON.stringify({ ms, cpuMs: (user + system) / 1_000 })}\n`);
  }
  process.exit(0);
}
