// The loop over seeds that simulate.ts and jobs/simulate-jobs.ts share.
import { spawn } from "node:child_process";
import os from "node:os";

/** For parseArgs(). */
export const seedOptions = {
  seeds: { type: "string", default: "1000" },
  from: { type: "string", default: "1" },
  /** How many processes run worlds at the same time. */
  processors: { type: "string", default: String(os.availableParallelism()) },
  /** In a process that runSeeds() has started: it runs every so manieth seed. */
  every: { type: "string" },
  "until-found": { type: "boolean", default: false },
} as const;

export interface SeedChoice {
  readonly seeds: string;
  readonly from: string;
  readonly processors: string;
  readonly every?: string | undefined;
  readonly "until-found": boolean;
}

/** Resolves with what does not hold in the world of this seed. */
export type RunSeed = (seed: number) => Promise<string | undefined>;

/** How each line begins that reports a violation. */
const violationLine = /^seed \d+: /gm;

/** Runs the worlds of the chosen seeds, and prints each violation. Resolves with the exit code. `program`: the caller's own file. */
export async function runSeeds(program: string, choice: SeedChoice, runSeed: RunSeed): Promise<number> {
  return choice.every === undefined ? await onProcessors(program, choice) : await inThisProcess(choice, runSeed);
}

async function inThisProcess(choice: SeedChoice, runSeed: RunSeed): Promise<number> {
  const from = Number(choice.from);
  let violations = 0;
  for (let seed = from; seed < from + Number(choice.seeds); seed += Number(choice.every)) {
    const violation = await runSeed(seed);
    if (violation === undefined) continue;
    violations += 1;
    console.log(`seed ${seed}: ${violation}`);
    if (choice["until-found"]) break;
  }
  return violations === 0 ? 0 : 1;
}

async function onProcessors(program: string, choice: SeedChoice): Promise<number> {
  const began = performance.now();
  const count = Number(choice.seeds);
  const processors = Math.min(Number(choice.processors), count);
  const results = await Promise.all(
    Array.from({ length: processors }, async (_, index) => {
      const own = ["--from", String(Number(choice.from) + index), "--seeds", String(count - index)];
      const untilFound = choice["until-found"] ? ["--until-found"] : [];
      return await runProcess([program, ...own, "--every", String(processors), ...untilFound]);
    }),
  );
  const minutes = (performance.now() - began) / 60_000;
  const violations = results.reduce((sum, one) => sum + one.violations, 0);
  console.log(
    `${count} worlds from seed ${choice.from}: ${Math.round(count / minutes)} a minute, ${violations} violations`,
  );
  return Math.max(...results.map(({ code }) => code));
}

async function runProcess(words: readonly string[]): Promise<{ readonly code: number; readonly violations: number }> {
  const child = spawn(process.execPath, words, { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    process.stdout.write(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code: code ?? 1, violations: text.match(violationLine)?.length ?? 0 };
}
