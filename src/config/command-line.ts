import { parseArgs } from "node:util";
import { ForkerError } from "../exit/forker-error.ts";
import type { Command } from "./command.ts";
import { nearest } from "./nearest.ts";
import { parseSignal } from "./signal-name.ts";

const options = {
  json: { type: "boolean" },
  check: { type: "boolean" },
  pid: { type: "string" },
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "v" },
} as const;

type OptionName = keyof typeof options;

const subcommands = {
  check: { options: [], words: 1 },
  explain: { options: [], words: 1 },
  status: { options: ["json", "check", "pid"], words: 0 },
  signal: { options: ["pid"], words: 2 },
} as const satisfies Record<string, { options: readonly OptionName[]; words: number }>;

/** `argv` without node and the script. Throws a ForkerError (usage) that says what was meant, where that can be told. */
export function parseCommandLine(argv: readonly string[]): Command {
  const [first = ""] = argv;
  const isInformation = /^(?:-h|--help|-v|--version)$/.test(first) && argv.length === 1;
  if (!isInformation && first.startsWith("-") && argv.includes("--")) return { kind: "exec", argv };
  const { words, given } = split(argv);
  if (given.help) return { kind: "help" };
  if (given.version) return { kind: "version" };
  const [name, ...rest] = words;
  if (name === undefined) throw usage("expected an application file, such as forker ./workers.mjs, got none");
  if (!isSubcommand(name)) return runOf(name, rest, given);
  checkOptions(given, subcommands[name].options, name);
  checkWords(rest, subcommands[name].words, name);
  const pid = given.pid === undefined ? undefined : wholeNumber(given.pid, "--pid: expected the pid of a forker", 1);
  if (name === "status") return { kind: "status", json: given.json ?? false, check: given.check ?? false, pid };
  if (name === "signal") return { kind: "signal", signal: signalOf(rest[0]), slot: slotOf(rest[1]), pid };
  const [app] = rest;
  if (name === "explain") return { kind: "explain", app };
  if (app === undefined) throw usage("check: expected an application file, such as ./workers.mjs, got none");
  return { kind: "check", app };
}

interface Given {
  json?: boolean;
  check?: boolean;
  pid?: string;
  help?: boolean;
  version?: boolean;
}

/** Not strict: parseArgs' own errors neither suggest nor fit one line. */
function split(argv: readonly string[]): { readonly words: readonly string[]; readonly given: Given } {
  const { positionals, values, tokens } = parseArgs({ args: [...argv], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === "option-terminator") throw usage('expected no "--" after an application file or a subcommand');
    if (token.kind !== "option") continue;
    if (!Object.hasOwn(options, token.name)) {
      const meant = nearest(token.name, Object.keys(options));
      throw usage(`there is no option ${token.rawName}${meant === undefined ? "" : `; did you mean --${meant}?`}`);
    }
    const takesValue = options[token.name as OptionName].type === "string";
    if (takesValue && (token.value === undefined || token.value.startsWith("-")))
      throw usage(`${token.rawName}: expected a value after it, got ${token.value ?? "none"}`);
    if (!takesValue && token.value !== undefined)
      throw usage(`${token.rawName}: expected no value, got ${JSON.stringify(token.value)}`);
  }
  return { words: positionals, given: values as Given };
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
    throw usage(`there is no subcommand ${app}; did you mean ${meant}? (A file is given as ./${app})`);
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
  throw usage(`${name}: expected no option --${wrong}; it belongs to ${owners.map(([owner]) => owner).join(" and ")}`);
}

function checkWords(words: readonly string[], most: number, name: string): void {
  const extra = words[most];
  if (extra === undefined) return;
  throw usage(`${name}: expected nothing after ${most === 0 ? "it" : words[most - 1]}, got ${JSON.stringify(extra)}`);
}

function signalOf(word: string | undefined): NodeJS.Signals {
  const { signal, problem } = parseSignal(word);
  if (signal === undefined) throw usage(`signal: ${problem}`);
  return signal;
}

function slotOf(word: string | undefined): number | undefined {
  return word === undefined ? undefined : wholeNumber(word, "signal: expected a slot", 0);
}

function wholeNumber(text: string, expected: string, minimum: number): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : -1;
  if (value >= minimum) return value;
  throw usage(`${expected}, a whole number from ${minimum}, got ${JSON.stringify(text)}`);
}

function usage(message: string): ForkerError {
  return new ForkerError("usage", "ERR_FORKER_USAGE", `${message}; see forker --help`);
}
