import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { eventually } from "./deadline.ts";

type Controller = "memory" | "pids" | "cpu" | "cpuacct";

/** The file names of one limit in cgroup v1 and v2. */
const limitFile = {
  memory: { v1: "memory.limit_in_bytes", v2: "memory.max" },
  pids: { v1: "pids.max", v2: "pids.max" },
  /** Microseconds in each period, which is 100 ms by default. */
  cpu: { v1: "cpu.cfs_quota_us", v2: "cpu.max" },
  /** Counts processor time, in v1 only. */
  cpuacct: { v1: "", v2: "" },
} as const;

let serial = 0;

/** A cgroup for one test, with only the processes that the test starts. */
export class TestCgroup implements AsyncDisposable {
  readonly folder: string;
  readonly #limit: string;

  /** Why no cgroup can be created here; undefined if one can. */
  static missing(controller: Controller): string | undefined {
    try {
      const probe = new TestCgroup(controller);
      rmdirSync(probe.folder);
      return undefined;
    } catch (cause) {
      return `no cgroup can be created here: ${(cause as Error).message}`;
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

  /** Whether this machine has the controller by itself: in v2, the time of processors is counted by `cpu`. */
  static hasOwn(controller: Controller): boolean {
    return existsSync(`/sys/fs/cgroup/${controller}`);
  }

  /** A prefix of a command that starts it in this cgroup. */
  get wrapper(): readonly string[] {
    return ["sh", "-c", `echo $$ > ${this.folder}/cgroup.procs && exec "$@"`, "sh"];
  }

  limit(value: number | "max"): void {
    const isNumber = /_in_bytes$|_us$/.test(this.#limit);
    writeFileSync(this.#limit, String(value === "max" && isNumber ? -1 : value));
  }

  /** Gets the processor time that its limit allows, however busy the rest of the machine is. */
  comeFirst(): void {
    const [file, most] = this.#limit.endsWith("_us") ? ["cpu.shares", 262_144] : ["cpu.weight", 10_000];
    writeFileSync(`${this.folder}/${file}`, String(most));
  }

  add(pid: number): void {
    writeFileSync(`${this.folder}/cgroup.procs`, String(pid));
  }

  read(file: string): string {
    return readFileSync(`${this.folder}/${file}`, "utf8").trim();
  }

  /** Removes the cgroup once its processes have ended. */
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
