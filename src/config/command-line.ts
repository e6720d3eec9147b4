import type { Command } from "./command.ts";
import { parseFleetRequest } from "./fleet-request.ts";
import { nearest } from "./nearest.ts";
import { refuseProgram } from "./node-command-line.ts";
import { parseSignalArgument } from "./signal-argument.ts";
import { type Given, isLongOption, type OptionName, splitArguments } from "./split-arguments.ts";
import { timeoutOption } from "./timeout-option.ts";
import { usage } from "./usage.ts";

const subcommands = {
  init: { options: ["kubernetes", "dry-run"], words: 0, names: 0 },
  check: { options: [], words: 1, names: 0 },
  explain: { options: [], words: 1, names: 0 },
  status: { options: ["json", "check", "watch", "pid"], words: 0, names: 0 },
  tree: { options: ["pid"], words: 0, names: 0 },
  drain: { options: ["wait", "timeout", "pid"], words: 0, names: 0 },
  signal: { options: ["pid"], words: 2, names: 2 },
  "stop-job": { options: ["pid"], words: 2, names: 2 },
  fleet: { options: ["host", "timeout", "json"], words: 3, names: 3 },
} as const satisfies Record<string, Subcommand>;

interface Subcommand {
  readonly options: readonly OptionName[];
  /** The maximum number of words after it. */
  readonly words: number;
  /** How many of them may begin with `-`. */
  readonly names: number;
}

/** `argv` without node and the script. Throws a ForkerError (usage) that suggests what was meant, if possible. */
export function parseCommandLine(argv: readonly string[]): Command {
  const [first = ""] = argv;
  if (first.startsWith("-") && !isLongOption(first) && argv.includes("--")) return { kind: "exec", argv };
  refuseProgram(argv);
  const { words, given, isTerminated } = splitArguments(argv, (word) =>
    isSubcommand(word) ? subcommands[word].names : 0,
  );
  if (given.help) return { kind: "help" };
  if (given.version) return { kind: "version" };
  const [name, ...rest] = words;
  if (name === undefined) throw usage("expected an application file, such as forker ./workers.mjs, got none");
  if (!isSubcommand(name)) {
    if (isTerminated) throw usage('expected no "--" after an application file');
    return runOf(name, rest, given);
  }
  checkOptions(given, subcommands[name].options, name);
  checkWords(rest, subcommands[name].words, name);
  if (name === "fleet") return { kind: "fleet", ...parseFleetRequest(rest, given) };
  if (name === "init")
    return { kind: "initProject", kubernetes: given.kubernetes ?? false, dryRun: given["dry-run"] ?? false };
  const pid = given.pid === undefined ? undefined : wholeNumber(given.pid, "--pid: expected the pid of a forker", 1);
  if (name === "status") return statusOf(given, pid);
  if (name === "tree") return { kind: "tree", pid };
  if (name === "signal") return { kind: "signal", signal: signalOf(rest[0]), slot: slotNumber(rest[1]), pid };
  if (name === "stop-job") return { kind: "stopJob", ...jobOf(rest), pid };
  if (name === "drain") return { kind: "drain", wait: given.wait ?? false, timeoutMs: timeoutOf(given), pid };
  const [app] = rest;
  if (name === "explain") return { kind: "explain", app };
  if (app === undefined) throw usage("check: expected an application file, such as ./workers.mjs, got none");
  return { kind: "check", app };
}

function statusOf({ json = false, check = false, watch = false }: Given, pid: number | undefined): Command {
  if (check && watch) throw usage("status: expected --check or --watch, got both");
  return { kind: "status", json, check, watch, pid };
}

function isSubcommand(word: string): word is keyof typeof subcommands {
  return Object.hasOwn(subcommands, word);
}

function runOf(app: string, rest: readonly string[], given: Given): Command {
  const names = Object.keys(subcommands);
  const isPath = /[./]/.test(app);
  const option = ["help", "version"].find((name) => name === app);
  const meant = option !== undefined ? `--${option}` : isPath ? undefined : nearest(app, names);
  if (meant !== undefined)
    throw usage(`expected a subcommand or a file, got ${app}; did you mean ${meant}? (write a file as ./${app})`);
  checkOptions(given, [], app);
  checkWords(rest, 0, app);
  return { kind: "run", app };
}

function checkOptions(given: Given, allowed: readonly OptionName[], name: string): void {
  const wrong = (Object.keys(given) as OptionName[]).find((option) => !allowed.includes(option));
  if (wrong === undefined) return;
  const owners = Object.entries(subcommands).filter(([, { options: own }]) =>
    (own as readonly OptionName[]).includes(wrong),
  );
  const advice = isSubcommand(name) && subcommands[name].names > 0 ? `; write a name such as --${wrong} after --` : "";
  const owner = owners.map(([one]) => one).join(" and ");
  throw usage(`${name}: expected no option --${wrong}; it belongs to ${owner}${advice}`);
}

function checkWords(words: readonly string[], most: number, name: string): void {
  const extra = words[most];
  if (extra === undefined) return;
  throw usage(`${name}: expected nothing after ${most === 0 ? "it" : words[most - 1]}, got ${JSON.stringify(extra)}`);
}

function signalOf(word: string | undefined): NodeJS.Signals {
  const { signal, problem } = parseSignalArgument(word);
  if (signal === undefined) throw usage(`signal: ${problem}`);
  return signal;
}

function jobOf([queue, id]: readonly string[]): { queue: string; id: string } {
  if (queue !== undefined && id !== undefined) return { queue, id };
  throw usage(`stop-job: expected a queue and a job's id, such as mail 991, got ${queue ?? "none"}`);
}

function timeoutOf({ wait, timeout }: Given): number | undefined {
  if (timeout === undefined) return undefined;
  if (!wait) throw usage("drain: expected --timeout together with --wait, got --timeout alone");
  return timeoutOption(timeout);
}

function slotNumber(word: string | undefined): number | undefined {
  return word === undefined ? undefined : wholeNumber(word, "signal: expected a slot", 0);
}

function wholeNumber(text: string, expected: string, minimum: number): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : -1;
  if (value >= minimum) return value;
  throw usage(`${expected}, a whole number from ${minimum}, got ${JSON.stringify(text)}`);
}
