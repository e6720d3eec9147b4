/**
 * WORKLOAD's grammar, in full in docs/WORKLOAD.md:
 *
 *   workload  = array / *separator spec *(1*separator spec) *separator
 *   separator = ";" / newline / "#" comment up to the end of the line
 *   spec      = [list] *(count / concurrency)      ; no list, or a bare number as count: every queue
 *   list      = entry *("," entry) [","]
 *   entry     = name [":" weight] / "!" name       ; the list may continue on the next line after a comma
 *   count     = "x" (number / "auto" / number ".." (number / "auto"))
 *   concurrency = "@" number
 *   array     = "[" (string / "[" string *("," string) "]") … "]" [("*" / "x") number]
 */

import { maximumWorkers, repeated, type WorkerSpec } from "./workload.ts";
import { parseArray } from "./workload-array.ts";
import { Scanner } from "./workload-scanner.ts";
import { takeSpec } from "./workload-spec.ts";

export interface ParseOptions {
  /** How many workers `xauto` means. */
  readonly cpus: number;
  /** The name of the string in messages. Default: WORKLOAD. */
  readonly subject?: string;
}

/** Throws a WorkloadError with the column, what was expected and what was found. */
export function parseWorkload(text: string, { cpus, subject = "WORKLOAD" }: ParseOptions): WorkerSpec[] {
  const scanner = new Scanner(text, subject);
  scanner.skipBlankLines();
  return scanner.look(/\[/y) ? parseArray(scanner, cpus) : parseSpecs(scanner, cpus);
}

function parseSpecs(scanner: Scanner, cpus: number): WorkerSpec[] {
  const workload: WorkerSpec[] = [];
  while (true) {
    scanner.consume(/(?:[\s;]|#[^\n]*)*/y);
    if (scanner.atEnd) break;
    const at = scanner.position;
    const { spec, ...counted } = takeSpec(scanner, cpus);
    const total = workload.length + counted.count;
    if (total > maximumWorkers) scanner.fail(`at most ${maximumWorkers} workers in all`, { at, got: String(total) });
    workload.push(...repeated(spec, counted));
    scanner.skipBlank();
    if (!scanner.atEnd && !scanner.look(/[;\n]/y)) failAfterSpec(scanner);
  }
  if (workload.length === 0) {
    scanner.fail("at least one worker", { advice: "write * for one worker on every queue, or unset it" });
  }
  return workload;
}

function failAfterSpec(scanner: Scanner): never {
  if (scanner.look(/,/y)) {
    scanner.fail('";" or a new line or the end', {
      advice: "xN and @C end a worker spec, a semicolon begins the next",
    });
  }
  const advice = scanner.look(/[x@]/iy)
    ? "write each of xN and @C once"
    : "a comma joins the queues of one worker, a semicolon begins the next worker, quotes hold a name with blanks";
  scanner.fail('"," or ";" or a new line or the end', { advice });
}
