import type { Fleet, Member } from "../../bull/keys/fleet-keys.ts";
import { printable } from "../../text/printable.ts";
import type { FleetReply } from "../fleet-replies.ts";
import { type Line, lineText, piece, type Style } from "./styled.ts";
import { tableLines } from "./table.ts";
import { elapsedText } from "./units.ts";

/** A forker announces itself at least every five seconds. */
const silentFromMs = 8_000;

const listColumns = [
  { title: "HOST" },
  { title: "PID", isNumber: true },
  { title: "VERSION" },
  { title: "GEN", isNumber: true },
  { title: "STATE" },
  { title: "WORKERS", isNumber: true },
  { title: "JOBS", isNumber: true },
  { title: "WORKLOAD" },
] as const;

/** `forker fleet` for a person. */
export function fleetText({ members, rules }: Pick<Fleet, "members" | "rules">, isColoured: boolean): string {
  const rows = members.map((one): Line[] => [
    [piece(printable(one.host, 60))],
    [piece(String(one.pid))],
    [piece(printable(one.version, 20))],
    [piece(String(one.generation))],
    [stateOf(one)],
    [piece(String(one.workers))],
    [piece(String(one.jobs.count))],
    [piece(printable(one.workload, 60))],
  ]);
  const suspended = rules
    .filter((rule) => rule.suspended)
    .map(({ hosts, by }): Line => {
      const what = hosts === "*" ? "the fleet is suspended" : `hosts ${printable(hosts, 60)} are suspended`;
      return [piece(`${what}, by ${printable(by, 100)}`, "yellow")];
    });
  return textOf([...tableLines(listColumns, rows), ...suspended], isColoured);
}

function stateOf({ state, silentMs }: Member) {
  if (silentMs >= silentFromMs) return piece(`silent for ${elapsedText(silentMs)}`, "red");
  return piece(state, stateStyles[state]);
}

const stateStyles: Readonly<Record<Member["state"], Style>> = {
  booting: "plain",
  running: "green",
  reloading: "yellow",
  suspended: "yellow",
  draining: "yellow",
  stopping: "yellow",
};

const replyColumns = [{ title: "HOST" }, { title: "PID", isNumber: true }, { title: "ANSWER" }] as const;

/** The answers to an order, for a person. */
export function repliesText(replies: readonly FleetReply[], isColoured: boolean): string {
  const rows = replies.map(({ host, pid, outcome, text }): Line[] => [
    [piece(printable(host, 60))],
    [piece(String(pid))],
    [piece(outcome === "refused" ? `refused: ${printable(text)}` : printable(text), replyStyles[outcome])],
  ]);
  return textOf(tableLines(replyColumns, rows), isColoured);
}

const replyStyles: Readonly<Record<FleetReply["outcome"], Style>> = {
  done: "green",
  refused: "red",
  missing: "red",
  notHeld: "plain",
  notAwaited: "plain",
  notYet: "yellow",
};

function textOf(lines: readonly Line[], isColoured: boolean): string {
  return lines.map((line) => lineText(line, isColoured)).join("\n");
}
