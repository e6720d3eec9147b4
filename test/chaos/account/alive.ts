import { readFileSync } from "node:fs";

export interface AliveProcess {
  readonly pid: number;
  readonly title: string;
  /** By which it is known from another that has its pid later. */
  readonly startedAt: string;
}

/**
 * Who lives in a PID namespace, as cheaply as can be: asked twenty times a second beside a busy machine. Node starts
 * children from its main thread, so that its list alone is read; the pid inside is learnt once of each.
 */
export class AliveLook {
  #known = new Map<number, AliveProcess>();
  #looks = 0;

  look(initOuterPid: number): AliveProcess[] {
    const withTitles = this.#looks++ % 10 === 0;
    const known = new Map<number, AliveProcess>();
    const visit = (outerPid: number) => {
      const one = this.#read(outerPid, withTitles);
      if (one === undefined) return;
      known.set(outerPid, one);
      for (const child of childrenOf(outerPid)) visit(child);
    };
    visit(initOuterPid);
    this.#known = known;
    return [...known.values()];
  }

  /** undefined: dead, also while nobody has waited for it. */
  #read(outerPid: number, withTitle: boolean): AliveProcess | undefined {
    // proc(5): state is the first field behind the name, the time of its start the twentieth.
    const fields = read(`/proc/${outerPid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
    const [state, startedAt = ""] = [fields[0], fields[19]];
    if (state === undefined || state === "" || state === "Z" || state === "X") return undefined;
    const before = this.#known.get(outerPid);
    if (before?.startedAt === startedAt && !withTitle) return before;
    const title = read(`/proc/${outerPid}/cmdline`).replaceAll("\0", " ").trim();
    if (before?.startedAt === startedAt) return { ...before, title: title || before.title };
    const pid = Number(/^NSpid:.*\t(\d+)$/m.exec(read(`/proc/${outerPid}/status`))?.[1]);
    return Number.isNaN(pid) ? undefined : { pid, title, startedAt };
  }
}

function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
