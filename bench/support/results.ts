import { appendFileSync, existsSync, readFileSync } from "node:fs";

/** One aim, and what a benchmark measured for it. */
export interface Result {
  readonly what: string;
  readonly measured: string;
  readonly aim: string;
  /** Measured divided by the aim, or by the other side where that is the aim. */
  readonly ratio: number;
  readonly isMet: boolean;
}

const variable = "BENCH_RESULTS";

/** Passes a result to `npm run bench`, if that has started this benchmark. */
export function record(result: Result): void {
  const file = process.env[variable];
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(result)}\n`);
}

/** The environment of a benchmark that writes its results to this file. */
export function recordingTo(file: string): NodeJS.ProcessEnv {
  return { ...process.env, [variable]: file };
}

export function readResults(file: string): Result[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as Result);
}
