import { usage } from "./usage.ts";

/** Options of node that can have their value in the next word: `-r dotenv/config`. */
const withValue = new Set([
  ..."-r --require --import --loader --experimental-loader -C --conditions --env-file --env-file-if-exists".split(" "),
  ..."--title --disable-warning --redirect-warnings --unhandled-rejections --diagnostic-dir --max-http-header-size".split(
    " ",
  ),
  ..."--dns-result-order --openssl-config --icu-data-dir --tls-cipher-list --trace-event-categories".split(" "),
]);

/** What node and its kin are for forker: the options that they add. forker starts node by itself. */
const nodes: Readonly<Record<string, readonly string[]>> = { node: [], nodejs: [], tsx: ["--import=tsx"] };

/** Other programs that start an application. */
const starters = new Set(
  "npm npx pnpm pnpx yarn bun bunx deno nest nodemon pm2 pm2-runtime ts-node sh bash".split(" "),
);

/** Refuses a program in place of an application file, as in `forker npm start`. Says how forker is started instead. */
export function refuseProgram([program = "", ...rest]: readonly string[]): void {
  const added = Object.hasOwn(nodes, program) ? nodes[program] : undefined;
  if (added !== undefined) {
    throw usage(
      `expected an application file, got ${program}; forker starts node by itself: ${startOf([...added, ...rest])}`,
    );
  }
  if (!starters.has(program)) return;
  const command = ["forker", "--", program, ...rest].join(" ");
  throw usage(
    `expected an application file, got ${program}; name the file that it starts, or run it under an init with ${command}`,
  );
}

/**
 * The error for one of node's own options among the arguments of forker: `forker -r dotenv/config app.js`. undefined: the
 * argument is none of them.
 */
export function nodesOption(argument: string, argv: readonly string[]): Error | undefined {
  if (!isForEnvironment(argument) && !isEnvFile(argument)) return undefined;
  const [name = ""] = split(argument);
  return usage(`expected an option of forker, got ${name}, which is node's; run ${startOf(argv)}`);
}

/** `NODE_OPTIONS="-r dotenv/config" forker app.js`, and what to do with the files of --env-file, which NODE_OPTIONS may not have. */
function startOf(argv: readonly string[]): string {
  const ofNode: string[] = [];
  const files: string[] = [];
  const others: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (isEnvFile(word)) files.push(split(word)[1] ?? rest.shift() ?? ".env");
    else if (isForEnvironment(word)) ofNode.push(word, ...(withValue.has(word) ? rest.splice(0, 1) : []));
    else others.push(word);
  }
  const variable = ofNode.length === 0 ? [] : [`NODE_OPTIONS=${quoted(ofNode.map(inner).join(" "))}`];
  const command = [...variable, "forker", ...(others.length === 0 ? ["FILE"] : others)].join(" ");
  if (files.length === 0) return command;
  const calls = files.map((file) => `process.loadEnvFile(${JSON.stringify(file)})`).join(" and ");
  return `${command} with the variables of ${files.join(" and ")} in its environment, or call ${calls} in the application`;
}

function isEnvFile(word: string): boolean {
  return /^--env-file(-if-exists)?(=|$)/.test(word);
}

function isForEnvironment(word: string): boolean {
  return word.startsWith("-") && process.allowedNodeEnvironmentFlags.has(word);
}

function split(argument: string): string[] {
  const at = argument.indexOf("=");
  return at < 0 ? [argument] : [argument.slice(0, at), argument.slice(at + 1)];
}

/** node reads NODE_OPTIONS as words, some of them in double quotes. */
function inner(word: string): string {
  return /[\s"\\]/.test(word) ? `"${word.replaceAll(/["\\]/g, "\\$&")}"` : word;
}

/** For a shell. */
function quoted(text: string): string {
  return text.includes('"') ? `'${text}'` : `"${text}"`;
}
