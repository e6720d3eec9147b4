import { appendFileSync, existsSync, readFileSync } from "node:fs";
import * as v from "valibot";

const result = v.object({
  name: v.string(),
  /** The seed that finds it. Absent: none of those that ran does. */
  seed: v.optional(v.number()),
  worlds: v.number(),
  violation: v.optional(v.string()),
});

/** What running worlds with a mutation has shown. */
export type Result = v.InferOutput<typeof result>;

/** The results of earlier runs and of this one: a file with one result per line, so that a run can go on where another has ended. */
export class Results {
  readonly #file: string | undefined;
  readonly #byName = new Map<string, Result>();

  /** `file`: undefined if the results are not kept. */
  constructor(file: string | undefined) {
    this.#file = file;
    if (file === undefined || !existsSync(file)) return;
    for (const line of readFileSync(file, "utf8").split("\n"))
      if (line !== "") this.#keep(v.parse(result, JSON.parse(line)));
  }

  add(one: Result): void {
    this.#keep(one);
    if (this.#file !== undefined) appendFileSync(this.#file, `${JSON.stringify(one)}\n`);
  }

  of(name: string): Result | undefined {
    return this.#byName.get(name);
  }

  #keep(one: Result): void {
    this.#byName.set(one.name, one);
  }
}
