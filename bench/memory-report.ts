import type { Sample, SideName } from "./memory.ts";
import { mappingKinds } from "./support/mappings.ts";
import { formatMb, formatMs, formatRatio, markdownTable, median } from "./support/numbers.ts";

interface Setting {
  readonly kinds: readonly string[];
  readonly sides: readonly SideName[];
  readonly runs: number;
}

type Figure = (sample: Sample) => number;
type Look = (side: SideName, figure: Figure) => number;

/** For each kind of job, a worker's private memory and the mappings that it comes from. */
export function printMemory(samples: readonly Sample[], { kinds, sides, runs }: Setting): void {
  const moments = [...new Set(samples.map((sample) => sample.moment))];
  print(`Node ${process.version}. One worker on each side, one job at a time; medians of ${runs}.`);
  for (const kind of kinds) {
    const rows = (columns: (look: Look) => string[]) =>
      moments.map((moment) => {
        const chosen = samples.filter((each) => each.kind === kind && each.moment === moment);
        const look: Look = (side, figure) => median(chosen.filter((each) => each.side === side).map(figure));
        return [moment, ...columns(look)];
      });
    print(`### ${kind}`);
    print(`${privateTable(sides, rows)}\n\nPrivate, ${sides.join(" / ")}:\n\n${mappingTable(sides, rows)}`);
  }
}

type Rows = (columns: (look: Look) => string[]) => string[][];

function privateTable(sides: readonly SideName[], rows: Rows): string {
  const isPair = sides.length === 2;
  const head = ["after", ...sides.map((side) => `${side}: private`), ...(isPair ? ["ratio"] : [])];
  const own: Figure = ({ worker }) => worker.privateMb;
  return markdownTable(
    [...head, ...sides.flatMap((side) => [`${side}: shared`, `${side}: whole tree`, `${side}: processor time`])],
    rows((look) => [
      ...sides.map((side) => formatMb(look(side, own))),
      ...(isPair ? [formatRatio(look("plain", own), look("fork", own))] : []),
      ...sides.flatMap((side) => [
        formatMb(look(side, ({ worker }) => worker.sharedMb)),
        formatMb(look(side, ({ wholeTreeMb }) => wholeTreeMb)),
        formatMs(look(side, (sample) => sample.processorMs)),
      ]),
    ]),
  );
}

function mappingTable(sides: readonly SideName[], rows: Rows): string {
  return markdownTable(
    ["after", ...mappingKinds],
    rows((look) =>
      mappingKinds.map((kind) =>
        sides.map((side) => look(side, ({ worker }) => worker.kinds[kind].privateMb).toFixed(1)).join(" / "),
      ),
    ),
  );
}

function print(text: string): void {
  console.log(`${text}\n`);
}
