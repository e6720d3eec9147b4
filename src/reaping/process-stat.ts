import { readFileSync } from "node:fs";

/** Fields of /proc/PID/stat, proc(5). */
export interface ProcessStat {
  /** `R`, `S`, `T`, `Z`, … */
  readonly state: string;
  readonly parentPid: number;
  /** In clock ticks since boot. It distinguishes a process from an earlier one with the same pid. */
  readonly startTime: string;
}

/** undefined: the process does not exist, or /proc hides it. */
export function processStat(pid: number): ProcessStat | undefined {
  try {
    return readProcessStat(pid);
  } catch {
    return undefined;
  }
}

/** undefined: the process does not exist. Throws if /proc cannot be read, for instance without a free descriptor (EMFILE). */
export function readProcessStat(pid: number): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The command's name is in parentheses and may itself contain parentheses. The state is the third field.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [state = "", parentPid] = fields;
    return { state, parentPid: Number(parentPid), startTime: fields[startTimeField - stateField] ?? "" };
  } catch (cause) {
    // ESRCH: the process was reaped between open(2) and read(2).
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw cause;
  }
}

/** The processor time of a process and of the children that it has waited for. undefined: it does not exist. */
export function processCpuMs(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const ticks = fields.slice(userTimeField - stateField, userTimeField - stateField + timeFields);
    return ticks.reduce((sum, tick) => sum + Number(tick), 0) * tickMs;
  } catch {
    return undefined;
  }
}

const stateField = 3;
/** utime, stime, cutime and cstime. */
const userTimeField = 14;
const timeFields = 4;
/** USER_HZ is 100 on every architecture that forker runs on. */
const tickMs = 10;
const startTimeField = 22;
