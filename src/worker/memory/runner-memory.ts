import { readFile } from "node:fs/promises";
import { privateBytesOf } from "./private-memory.ts";

/** The memory of a runner that it shares with no other process, as its worker sees it. */
export class RunnerMemory {
  readonly #pid: number;
  /** Of its start, most of which it shares with its template. */
  #inherited: number | undefined;

  constructor(pid: number) {
    this.#pid = pid;
  }

  /**
   * The bytes, exactly only if there are more than `enough`: the exact figure costs a walk through its page tables. After a change of user
   * the kernel does not show it to another process (PR_SET_DUMPABLE in prctl(2)). Then what the runner has added since the first call counts.
   */
  async bytes(enough: number): Promise<number> {
    const anonymous = await anonymousBytes(this.#pid);
    this.#inherited ??= anonymous;
    if (anonymous <= enough) return anonymous;
    return (await privateBytesOf(this.#pid)) ?? anonymous - this.#inherited;
  }
}

/** What the kernel has counted already: proc_pid_status(5). 0 if the process has ended. */
async function anonymousBytes(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const sizes = text.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB/gm);
  return [...sizes].reduce((sum, [, kb]) => sum + Number(kb) * 1_024, 0);
}
