import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Pid1 } from "../../support/pid1.ts";

/** Leaves everybody as they are, and says who they are, until this process is ended. */
export async function holdFor(pid1: Pid1, violations: readonly string[]): Promise<never> {
  const people = pid1
    .processes()
    .map((one) => `  ${one.outerPid} (inside ${one.pid}) ${one.state} ${one.commandLine || one.name}`);
  console.error([...violations, "held; end with Ctrl-C:", ...people].join("\n"));
  setInterval(() => undefined, 60_000);
  return await new Promise<never>(() => undefined);
}

/** The file that everything was written to which the processes said. */
export function saveTranscript(pid1: Pid1, seed: number): string {
  const file = path.join(tmpdir(), `forker-soak-${seed}.log`);
  writeFileSync(file, pid1.transcript);
  return file;
}
