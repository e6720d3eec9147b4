import { parseSignal, signalNumber } from "../signals/signal-names.ts";

/** tini's options, by their letters. */
export interface ExecOptions {
  /** -s */
  readonly subreaper: boolean;
  /** -p: the signal that the kernel sends this process when its parent dies. */
  readonly parentDeathSignal: number | undefined;
  /** -g: signals go to the command's whole process group. */
  readonly toGroup: boolean;
  /** -e: exit codes that count as 0. */
  readonly successCodes: ReadonlySet<number>;
  /** -w */
  readonly warnsOfReaped: boolean;
  /** 0: nothing; 1: warnings; 2 and more: every event. */
  readonly verbosity: number;
}

export type ExecRequest =
  | { readonly kind: "run"; readonly command: readonly string[]; readonly options: ExecOptions }
  | { readonly kind: "help" | "license" | "version" | "noCommand" }
  | { readonly kind: "mistake"; readonly message: string };

type Letter = "h" | "l" | "s" | "g" | "w" | "v" | "p" | "e";

const withValue: ReadonlySet<string> = new Set(["p", "e"]);
const letters: ReadonlySet<string> = new Set(["h", "l", "s", "g", "w", "v", "p", "e"]);

/** Command line and environment as tini 0.19 reads them: getopt(3), which stops at the first word that is not an option. */
export function parseExec(argv: readonly string[], environment: NodeJS.ProcessEnv): ExecRequest {
  if (argv.length === 1 && argv[0] === "--version") return { kind: "version" };
  const given = new Map<Letter, string[]>();
  const words = [...argv];
  while (words[0] !== undefined && /^-./.test(words[0]) && words[0] !== "--") {
    const message = takeOptions(words, given);
    if (message !== undefined) return { kind: "mistake", message };
    if (given.has("h")) return { kind: "help" };
    if (given.has("l")) return { kind: "license" };
  }
  if (words[0] === "--") words.shift();
  if (words.length === 0) return { kind: "noCommand" };
  return toRequest(words, given, environment);
}

/** One word of options: `-s`, `-svv`, `-pSIGTERM`, or `-p` with its value in the next word. */
function takeOptions(words: string[], given: Map<Letter, string[]>): string | undefined {
  let rest = words.shift()?.slice(1) ?? "";
  while (rest !== "") {
    const letter = rest.slice(0, 1);
    rest = rest.slice(1);
    if (!letters.has(letter)) return `unknown option -${letter}`;
    let value = "";
    if (withValue.has(letter)) {
      const found = rest === "" ? words.shift() : rest;
      if (found === undefined) return `option -${letter} needs a value`;
      value = found;
      rest = "";
    }
    given.set(letter as Letter, [...(given.get(letter as Letter) ?? []), value]);
  }
  return undefined;
}

function toRequest(
  command: readonly string[],
  given: ReadonlyMap<Letter, readonly string[]>,
  environment: NodeJS.ProcessEnv,
): ExecRequest {
  const [badCode] = (given.get("e") ?? []).filter((text) => !/^\d+$/.test(text) || Number(text) > 255);
  if (badCode !== undefined) return mistake("e", "an exit code from 0 to 255", badCode);
  const signalText = given.get("p")?.at(-1);
  const signal = signalText === undefined ? undefined : parseSignal(signalText);
  if (signalText !== undefined && signal === undefined) return mistake("p", "a signal such as SIGTERM", signalText);
  return {
    kind: "run",
    command,
    options: {
      subreaper: given.has("s") || environment["TINI_SUBREAPER"] !== undefined,
      parentDeathSignal: signal === undefined ? undefined : signalNumber(signal),
      toGroup: given.has("g") || environment["TINI_KILL_PROCESS_GROUP"] !== undefined,
      successCodes: new Set((given.get("e") ?? []).map(Number)),
      warnsOfReaped: given.has("w"),
      verbosity: verbosityOf(environment["TINI_VERBOSITY"]) + (given.get("v")?.length ?? 0),
    },
  };
}

function mistake(letter: Letter, expected: string, got: string): ExecRequest {
  return { kind: "mistake", message: `option -${letter}: expected ${expected}, got "${got}"` };
}

/** Parsed as by atoi(3), which tini uses: anything but a number is 0, and -v adds to it. */
function verbosityOf(text: string | undefined): number {
  return text === undefined ? 1 : Number(/^\s*-?\d+/.exec(text)?.[0] ?? 0);
}
