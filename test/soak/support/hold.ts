import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Pid1 } from "../../support/pid1.ts";

/** Leaves all processes as they are, and prints them, until this process is ended. */
export async function holdFor(pid1: Pid1, violations: readonly string[]): Promise<never> {
  const people = pid1
    .processes()
    .map((one) => `  ${one.outerPid} (inside ${one.pid}) ${one.state} ${one.commandLine || one.name}`);
  console.error([...violations, "held; end with Ctrl-C:", ...people].join("\n"));
  setInterval(() => undefined, 60_000);
  return await new Promise<never>(() => undefined);
}

/** Writes all output of the processes to a file, and returns its path. */
export function saveTranscript(pid1: Pid1, seed: number): string {
  const file = path.join(tmpdir(), `forker-soak-${seed}.log`);
  writeFileSync(file, pid1.transcript);
  return file;
}
