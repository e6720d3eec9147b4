import type { HeldJobStatus, Status } from "../../protocol/status.ts";
import { jobText, printable } from "../../text/printable.ts";
import type { Key } from "./keys.ts";
import { isSameJob, statusLines } from "./status-lines.ts";
import { fittedLine, type Line, piece } from "./styled.ts";

/** What a key asks for. */
export type WatchOrder =
  | { readonly kind: "signal"; readonly signal: NodeJS.Signals; readonly name: string }
  | { readonly kind: "stopJob"; readonly job: HeldJobStatus }
  | { readonly kind: "quit" };

export interface WatchState {
  readonly status: Status;
  readonly selected: HeldJobStatus | undefined;
  /** The job about which a person is being asked. */
  readonly confirming: HeldJobStatus | undefined;
  /** What happened to the last order. */
  readonly message: string;
}

const signals: Readonly<Record<string, { readonly signal: NodeJS.Signals; readonly name: string }>> = {
  s: { signal: "SIGUSR2", name: "suspend" },
  r: { signal: "SIGCONT", name: "resume" },
  l: { signal: "SIGHUP", name: "reload" },
};
const steps: Readonly<Record<string, number>> = { up: -1, k: -1, down: 1, j: 1 };
/** Ctrl-C and Ctrl-D are characters, as long as the terminal is raw. */
const quits = ["q", "\u0003", "\u0004"];

export function newWatchState(status: Status): WatchState {
  return { status, selected: undefined, confirming: undefined, message: "" };
}

/** A job that has ended is no longer selected, and nobody is asked about it. */
export function withStatus(state: WatchState, status: Status): WatchState {
  const find = (job: HeldJobStatus | undefined) =>
    job === undefined ? undefined : jobsIn(status).find((one) => isSameJob(one, job));
  return { ...state, status, selected: find(state.selected), confirming: find(state.confirming) };
}

/** The state after a key, and what to do. */
export function pressed(state: WatchState, key: Key): { readonly state: WatchState; readonly order?: WatchOrder } {
  if (quits.includes(key)) return { state, order: { kind: "quit" } };
  const { confirming, selected } = state;
  if (confirming !== undefined) {
    const next = { ...state, confirming: undefined, message: "" };
    return key === "y" ? { state: next, order: { kind: "stopJob", job: confirming } } : { state: next };
  }
  const step = steps[key];
  if (step !== undefined) return { state: { ...state, selected: neighbour(state, step), message: "" } };
  const signal = signals[key];
  if (signal !== undefined) return { state: { ...state, message: "" }, order: { kind: "signal", ...signal } };
  if (key !== "x") return { state };
  if (selected === undefined) return { state: { ...state, message: "select a job first, with the arrow keys" } };
  return { state: { ...state, confirming: selected, message: "" } };
}

function neighbour({ status, selected }: WatchState, step: number): HeldJobStatus | undefined {
  const jobs = jobsIn(status);
  const at = selected === undefined ? -1 : jobs.findIndex((job) => isSameJob(job, selected));
  if (at < 0) return step > 0 ? jobs[0] : jobs.at(-1);
  return jobs[Math.min(jobs.length - 1, Math.max(0, at + step))];
}

function jobsIn({ slots }: Status): HeldJobStatus[] {
  return slots.flatMap(({ workers }) => workers.flatMap(({ holding }) => holding));
}

export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** The lines of the screen. The last one says which keys there are, or asks. */
export function screenLines(state: WatchState, { columns, rows }: ScreenSize, hasKeys: boolean): Line[] {
  const lines = statusLines(state.status, state.selected, columns);
  const room = Math.max(0, rows - (hasKeys ? 2 : 0));
  const from = firstLine(lines, room);
  const shown = lines.slice(from, from + room);
  const footer = hasKeys ? [[piece("")], footerOf(state)] : [];
  return [...shown, ...footer].map((line) => fittedLine(line, columns)).slice(-Math.max(1, rows));
}

/** Scrolls as far as the selected job needs. */
function firstLine(lines: readonly Line[], room: number): number {
  const at = lines.findIndex((line) => line.some(({ style }) => style === "reverse"));
  return at < room ? 0 : at - room + 1;
}

function footerOf({ confirming, message }: WatchState): Line {
  if (confirming !== undefined)
    return [piece(`stop ${jobText(confirming)}? `, "bold"), piece("y stops it, any other key does not", "dim")];
  if (message !== "") return [piece(printable(message), "bold")];
  return [piece("↑ ↓ select a job   x stop it   s suspend   r resume   l reload   q quit", "dim")];
}
