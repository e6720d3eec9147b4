// npm run soak: 10,000 forks each by the engine alone and by the real entrypoint, watched all through. Prints Markdown;
// ends with exit code 1, the seed and the moment when anything was not as it must be. Ctrl-C ends the entrypoint's part
// early, with its report. The seed fixes who is forked, what they do and how they end; which of them comes first is the
// machine's business.
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
    /** The last thousand may take this many times as long as the first, by the median. */
    "latency-limit": { type: "string", default: "2" },
  },
});
const parts = { engine: soakEngine, entrypoint: soakEntrypoint };
const options = { forks: Number(values.forks), seed: Number(values.seed), node: process.execPath, hold: values.hold };

console.log(`Node ${process.version}, seed ${options.seed}.\n`);
for (const [name, soak] of Object.entries(parts)) {
  if (!values.part.split(",").includes(name)) continue;
  const report = await soak(options);
  const violations = reportPart(report, Number(values["latency-limit"]));
  if (violations.length === 0) continue;
  const again = `npm run soak -- --part ${name} --forks ${options.forks} --seed ${options.seed}`;
  console.error([...violations, `again: ${again}`].join("\n"));
  process.exitCode = 1;
}
