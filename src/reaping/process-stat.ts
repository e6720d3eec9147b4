import { readFileSync } from "node:fs";

/** Of /proc/PID/stat, proc(5). */
export interface ProcessStat {
  /** `R`, `S`, `T`, `Z`, … */
  readonly state: string;
  readonly parentPid: number;
  /** In clock ticks since the boot. A process that has the pid of an earlier one has another. */
  readonly startTime: string;
}

/** undefined: there is no such process, or it cannot be seen. */
export function processStat(pid: number): ProcessStat | undefined {
  try {
    return readProcessStat(pid);
  } catch {
    return undefined;
  }
}

/** undefined: there is no such process. Throws where /proc cannot be read, as without a free descriptor (EMFILE). */
export function readProcessStat(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The command's name is in parentheses and may hold anything, parentheses too; the state is the third field.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state = "", parentPid] = fields;
    return { state, parentPid: Number(parentPid), startTime: fields[startTimeField - stateField] ?? "" };
  } catch (cause) {
    // ESRCH: it was waited for between open(2) and read(2).
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw cause;
  }
}

const stateField = 3;
const startTimeField = 22;
