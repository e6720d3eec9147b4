// npm run test:chaos -- --seconds 600 --seed 1 --side forker|plain --with-init --isolation: a chaos monkey among busy workers. Prints
// Markdown. If a guarantee was broken, prints the whole history of each offending job and exits with 1.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { formatMs, percentile } from "../../bench/support/numbers.ts";
import { readOptions } from "./options.ts";
import { historyText, redeliveryLimitMs, reportOf } from "./report.ts";
import { runChaos } from "./run-chaos.ts";

const historiesShown = 20;

const options = readOptions(process.argv.slice(2));
const { verdict, acts, facts, faults, folder } = await runChaos(options);
const report = reportOf(options, verdict, acts, facts);
console.log(report);
writeFileSync(path.join(folder, "report.md"), report);

const slowest = verdict.judgements
  .flatMap((judgement) => judgement.restarts.map(({ againMs }) => ({ judgement, againMs: againMs ?? 0 })))
  .toSorted((a, b) => b.againMs - a.againMs)
  .slice(0, historiesShown)
  .map(({ judgement, againMs }) => `${formatMs(againMs)}: ${historyText(judgement, acts)}`);
writeFileSync(path.join(folder, "slowest.txt"), slowest.join("\n"));

const offending = verdict.judgements.filter((one) => one.faults.length > 0);
const all = [...faults, ...verdict.faults];
// Measured until the job is at the front of its queue, where the next idle worker takes it.
const p99 = percentile(verdict.waits.backUnhindered, 0.99);
if (p99 > redeliveryLimitMs)
  all.push(`redelivery took ${formatMs(p99)} at p99; guaranteed: ${formatMs(redeliveryLimitMs)}`);
if (offending.length + all.length > 0) {
  const histories = offending.map((one) => historyText(one, acts));
  writeFileSync(path.join(folder, "offending.txt"), histories.join("\n"));
  const again = `--seconds ${options.seconds} --seed ${options.seed} --side ${options.side}${options.withInit ? " --with-init" : ""}${options.isolation ? " --isolation" : ""}`;
  console.error(
    [
      `\n${offending.length} jobs broke the guarantee`,
      ...all,
      ...histories.slice(0, historiesShown),
      `everything: ${folder}`,
      `again: npm run test:chaos -- ${again}`,
    ].join("\n"),
  );
  process.exitCode = 1;
}
