import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { native } from "../../src/native/binding.ts";
import { byDesign } from "./by-design.ts";
import { ForkHost, type Outcome, runPlain, Stage } from "./runs.ts";
import type { Script } from "./table.ts";

const atOnce = 2;

export interface Comparison {
  readonly script: string;
  readonly plain: Outcome;
  readonly forked: Outcome;
  /** Which of end, stdout and stderr differ. */
  readonly differs: readonly string[];
  readonly isExpected: boolean;
}

/** Runs every script twice on a Node: in its own process, and in a child that was forked from one template. */
export async function compareAll(node: string, table: readonly Script[]): Promise<Comparison[]> {
  native().becomeSubreaper();
  const folder = mkdtempSync(path.join(tmpdir(), "differential-"));
  const hosts = new Map<string, ForkHost>();
  try {
    const waiting = [...table];
    const done: Comparison[] = [];
    const work = async () => {
      for (let script = waiting.shift(); script !== undefined; script = waiting.shift()) {
        const { flags } = script;
        const key = flags.join(" ");
        const host = hosts.get(key) ?? new ForkHost(node, flags);
        hosts.set(key, host);
        const stage = new Stage(folder, script);
        const plain = await stage.run((assignment) => runPlain(node, flags, assignment));
        const forked = await stage.run((assignment) => host.run(assignment));
        done.push(compare(script.name, plain, forked));
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return done.toSorted((a, b) => a.script.localeCompare(b.script));
  } finally {
    await Promise.all([...hosts.values()].map((host) => host.close()));
    rmSync(folder, { recursive: true });
  }
}

function compare(script: string, plain: Outcome, forked: Outcome): Comparison {
  const differs = (["end", "stdout", "stderr"] as const).filter((what) => plain[what] !== forked[what]);
  const expected = byDesign[script]?.in ?? [];
  const bothEnded = plain.end !== undefined && forked.end !== undefined;
  return { script, plain, forked, differs, isExpected: bothEnded && differs.join() === expected.join() };
}
