// npm run soak:control: runs the template of the engine's soak test without its forks, to show how much of its growth V8 causes.
import { markdownTable } from "../../bench/support/numbers.ts";
import { beforeBatch, load } from "./processes/tide.ts";
import { planBatch } from "./support/fates.ts";
import { vitalsOf } from "./support/vitals.ts";

/** As many as 10,000 forks need. */
const batches = 2_450;
const seed = 1;

await load();
const rows: string[][] = [];
for (let batch = 0; batch <= batches; batch++) {
  if (batch % (batches / 10) === 0) rows.push(row(batch));
  await beforeBatch(batch, planBatch(seed, batch));
}
console.log(`Node ${process.version}.\n`);
console.log(markdownTable(["batches that were not forked", "mappings", "resident memory, MB"], rows));

function row(batch: number): string[] {
  const vitals = vitalsOf(process.pid);
  return [String(batch), String(vitals?.mappings), String(vitals?.residentMb.toFixed(0))];
}
