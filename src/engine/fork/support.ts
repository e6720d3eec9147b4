import inspector from "node:inspector";
import { isMainThread } from "node:worker_threads";
import { addonProblem, native } from "../../native/binding.ts";

export type ForkSupport = { readonly supported: true } | { readonly supported: false; readonly reason: string };

/** Flags of Node that a fork cannot support, and why. */
const refusedFlags: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/^--inspect/, "the inspector's thread and port stay with the template"],
  [/^--(cpu|heap)-prof$/, "a profile would mix the samples of several processes"],
  [/^--(perf|prof|ll-prof|gdbjit)/, "several processes would write to one profile"],
  [/^--trace-event/, "the tracing thread stays with the template"],
  [/^--single-threaded/, "without V8's threads, a forked process hangs when it ends"],
  [/^--frozen-intrinsics$/, "Math.random cannot be replaced, and every worker would draw the same numbers"],
  [/^--predictable/, "every process would draw the same random numbers"],
];

/** Whether this Node can be forked with the flags it was started with. Changes nothing. The canary gives the final answer. */
export function inspectForkSupport(): ForkSupport {
  const reason = reasonAgainst();
  return reason === undefined ? { supported: true } : { supported: false, reason };
}

function reasonAgainst(): string | undefined {
  if (process.platform !== "linux") return `forking requires Linux, got ${process.platform}`;
  if (!isMainThread) return "only the main thread can fork";
  const flag = refusedFlag(givenFlags());
  if (flag !== undefined) return flag;
  if (inspector.url() !== undefined) return "the inspector is open";
  if (process.env["NODE_V8_COVERAGE"])
    return "NODE_V8_COVERAGE is set: several processes would write the same coverage";
  return reasonOfLayout();
}

function reasonOfLayout(): string | undefined {
  const problem = addonProblem();
  if (problem !== undefined) return problem;
  const layout = native().inspectLayout();
  return layout.supported ? undefined : layout.reason;
}

/** The names of the flags, without values. V8 also accepts underscores instead of dashes. */
function givenFlags(): string[] {
  const words = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/)];
  return words.filter((word) => word.startsWith("--")).map((word) => word.replace(/=.*$/s, "").replaceAll("_", "-"));
}

function refusedFlag(flags: readonly string[]): string | undefined {
  for (const flag of flags) {
    const refusal = refusedFlags.find(([pattern]) => pattern.test(flag));
    if (refusal !== undefined) return `Node was started with ${flag}: ${refusal[1]}`;
  }
  return undefined;
}
