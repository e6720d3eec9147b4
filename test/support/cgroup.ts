import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { eventually } from "./deadline.ts";

type Controller = "memory" | "pids";

/** The names of one limit's files in the two versions. */
const limitFile = {
  memory: { v1: "memory.limit_in_bytes", v2: "memory.max" },
  pids: { v1: "pids.max", v2: "pids.max" },
} as const;

let serial = 0;

/** A cgroup of a test's own, beside all others: only what the test starts is in it. */
export class TestCgroup implements AsyncDisposable {
  readonly folder: string;
  readonly #limit: string;

  /** Why there can be none here; undefined: there can. */
  static missing(controller: Controller): string | undefined {
    try {
      const probe = new TestCgroup(controller);
      rmdirSync(probe.folder);
      return undefined;
    } catch (cause) {
      return `no cgroup of ours can be made here: ${(cause as Error).message}`;
    }
  }

  constructor(controller: Controller) {
    const v1 = `/sys/fs/cgroup/${controller}`;
    const isV1 = existsSync(v1);
    const root = isV1 ? v1 : "/sys/fs/cgroup";
    if (!isV1) writeFileSync(`${root}/cgroup.subtree_control`, `+${controller}`);
    this.folder = `${root}/forker-test-${process.pid}-${serial++}`;
    this.#limit = `${this.folder}/${limitFile[controller][isV1 ? "v1" : "v2"]}`;
    mkdirSync(this.folder);
  }

  /** Goes before a command, and starts it in here. */
  get wrapper(): readonly string[] {
    return ["sh", "-c", `echo $$ > ${this.folder}/cgroup.procs && exec "$@"`, "sh"];
  }

  limit(value: number | "max"): void {
    writeFileSync(this.#limit, String(value === "max" && this.#limit.endsWith("_in_bytes") ? -1 : value));
  }

  add(pid: number): void {
    writeFileSync(`${this.folder}/cgroup.procs`, String(pid));
  }

  read(file: string): string {
    return readFileSync(`${this.folder}/${file}`, "utf8").trim();
  }

  /** When those in it have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await eventually(20_000, `${this.folder} to be empty`, () => {
      try {
        rmdirSync(this.folder);
        return true;
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === "EBUSY") return undefined;
        throw cause;
      }
    });
  }
}
