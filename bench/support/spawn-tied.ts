import { type SpawnOptions, spawn } from "node:child_process";

/**
 * child_process.spawn() of a program that the kernel ends with SIGTERM when this process ends, for whatever reason: a benchmark that
 * is killed leaves nothing behind that would take processor time from the next one.
 */
export const spawnTied = ((program: string, words: readonly string[], options: SpawnOptions) =>
  spawn("setpriv", ["--pdeathsig", "TERM", "--", program, ...words], options)) as typeof spawn;
