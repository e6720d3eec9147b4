// npm run soak: 10,000 forks each by the engine alone and by the real entrypoint, watched throughout. Prints Markdown. After a
// fault, prints the seed and the time of the fault, and exits with 1. Ctrl-C ends the entrypoint's part early, with its report.
// The seed determines which workers are forked, what they do and how they end; their order depends on the machine.
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { soakEngine } from "./engine-part.ts";
import { soakEntrypoint } from "./entrypoint-part.ts";
import { reportPart } from "./report.ts";

const { values } = parseArgs({
  options: {
    forks: { type: "string", default: "10000" },
    seed: { type: "string", default: String(randomInt(2 ** 31)) },
    part: { type: "string", default: "engine,entrypoint" },
    hold: { type: "boolean", default: false },
    /** The entrypoint runs each job in a process of its own. */
    isolation: { type: "boolean", default: false },
    /** The median of the last thousand forks may be this many times that of the first thousand. */
    "latency-limit": { type: "string", default: "2" },
  },
});
const parts = { engine: soakEngine, entrypoint: soakEntrypoint };
const { hold, isolation } = values;
const options = { forks: Number(values.forks), seed: Number(values.seed), node: process.execPath, hold, isolation };

console.log(`Node ${process.version}, seed ${options.seed}.\n`);
for (const [name, soak] of Object.entries(parts)) {
  if (!values.part.split(",").includes(name)) continue;
  const report = await soak(options);
  const violations = reportPart(report, Number(values["latency-limit"]));
  if (violations.length === 0) continue;
  const again = `npm run soak -- --part ${name} --forks ${options.forks} --seed ${options.seed}${isolation ? " --isolation" : ""}`;
  console.error([...violations, `again: ${again}`].join("\n"));
  process.exitCode = 1;
}
