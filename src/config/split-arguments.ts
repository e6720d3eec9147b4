import { nearest } from "./nearest.ts";
import { nodesOption } from "./node-command-line.ts";
import { usage } from "./usage.ts";

const options = {
  json: { type: "boolean" },
  check: { type: "boolean" },
  wait: { type: "boolean" },
  timeout: { type: "string" },
  watch: { type: "boolean" },
  pid: { type: "string" },
  host: { type: "string" },
  kubernetes: { type: "boolean" },
  "dry-run": { type: "boolean" },
  help: { type: "boolean" },
  version: { type: "boolean" },
} as const satisfies Record<string, { type: "boolean" | "string" }>;

const shorthands: Readonly<Record<string, string>> = { "-h": "--help", "-v": "--version" };

export type OptionName = keyof typeof options;

export type Given = {
  -readonly [Name in OptionName]?: (typeof options)[Name]["type"] extends "string" ? string : boolean;
};

export interface Arguments {
  readonly words: readonly string[];
  readonly given: Given;
  /** A `--` ended the options: every argument after it is a word. */
  readonly isTerminated: boolean;
}

/**
 * Separates options from words. `namesAfter` returns how many words after a subcommand are names that users choose: among them,
 * an argument that begins with `-` but is not an option is a word, because a job may have such an id.
 *
 * node:util's parseArgs does not fit: it takes `-5` for an option, and `-vip` for three options.
 */
export function splitArguments(argv: readonly string[], namesAfter: (subcommand: string) => number): Arguments {
  const words: string[] = [];
  const given: Given = {};
  const rest = [...argv];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === "--") return { words: [...words, ...rest], given, isTerminated: true };
    const option = optionOf(argument);
    const [subcommand] = words;
    const isName = subcommand !== undefined && words.length <= namesAfter(subcommand);
    if (option !== undefined) addOption(given, option, rest);
    else if (!argument.startsWith("-") || argument === "-" || isName) words.push(argument);
    else throw nodesOption(argument, argv) ?? unknownOption(argument);
  }
  return { words, given, isTerminated: false };
}

/** A second value would silently take the place of the first. */
function addOption(given: Given, option: Option, rest: string[]): void {
  const { name, written } = option;
  const value = valueOf(option, rest);
  if (typeof value === "string" && given[name] !== undefined)
    throw usage(`${written}: expected it once, got ${JSON.stringify(given[name])} and ${JSON.stringify(value)}`);
  Object.assign(given, { [name]: value });
}

/** Whether this argument is an option of forker's, and not of the command after `--`. */
export function isLongOption(argument: string): boolean {
  return argument.startsWith("--") && optionOf(argument) !== undefined;
}

interface Option {
  readonly name: OptionName;
  /** As it was written. */
  readonly written: string;
  /** After a `=`. */
  readonly value: string | undefined;
}

function optionOf(argument: string): Option | undefined {
  const [, written = "", value] = /^(-[a-z]|--[a-z-]+)(?:=(.*))?$/su.exec(argument) ?? [];
  const name = (shorthands[written] ?? written).slice(2);
  return Object.hasOwn(options, name) ? { name: name as OptionName, written, value } : undefined;
}

function valueOf({ name, written, value }: Option, rest: string[]): string | true {
  if (options[name].type === "boolean") {
    if (value === undefined) return true;
    throw usage(`${written}: expected no value, got ${JSON.stringify(value)}`);
  }
  const found = value ?? rest.shift();
  if (found !== undefined && !found.startsWith("-")) return found;
  throw usage(`${written}: expected a value after it, got ${found ?? "none"}`);
}

function unknownOption(argument: string): Error {
  const [written = argument] = argument.split("=", 1);
  const meant = nearest(written.replace(/^-+/, ""), Object.keys(options));
  return usage(
    `expected an option of forker, got ${written}${meant === undefined ? "" : `; did you mean --${meant}?`}`,
  );
}
