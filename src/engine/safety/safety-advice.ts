import type { Advice } from "./finding.ts";

/** Advice for widely used packages. The first pattern that matches the origin applies. */
const known: readonly (readonly [made: RegExp, advice: Advice])[] = [
  [
    / (by|for) (pino|thread-stream)\b/,
    always(
      "a fork does not copy it, and it cannot be started again with what was transferred to it: log without a transferList",
    ),
  ],
  [
    / (by|for) esbuild\b/,
    {
      definition: "await esbuild.stop() at the end of setup()",
      adopted: "await esbuild.stop() before `await ready()` of bullmq-forker",
    },
  ],
  [/ (by|for) dd-trace\b/, inEachWorker("call tracer.init()")],
  [
    / by module\.register\(\)/,
    always(
      "a fork does not copy it, and every import() in a worker would wait for it: remove the hook, or use module.registerHooks(), which needs no thread",
    ),
  ],
  [/=tsx\b|\/tsx\//, always("compile the TypeScript beforehand, or let Node strip the types")],
  [
    /\bsharp\b/,
    {
      definition: "a fork does not copy it: do not process images in setup() or warmup()",
      adopted: "a fork does not copy it: process images in jobs, or after `await ready()` of bullmq-forker",
    },
  ],
];

/** `otherwise` applies if no pattern matches. */
export function adviceOn(origin: string, otherwise: Advice): Advice {
  return known.find(([made]) => made.test(origin))?.[1] ?? otherwise;
}

interface Remedy {
  /** What is wrong: `every worker would take connections from it`. */
  readonly problem: string;
  /** What setup() can do about it: `close it`. Absent: nothing. */
  readonly inSetup?: string;
  /** What each worker does instead: `listen`. */
  readonly inWorkers: string;
}

export function advise({ problem, inSetup, inWorkers }: Remedy): Advice {
  const { definition, adopted } = inEachWorker(inWorkers);
  const setup = inSetup === undefined ? "" : `${inSetup} in setup(), or `;
  return { definition: `${problem}: ${setup}${definition}`, adopted: `${problem}: ${adopted}` };
}

function inEachWorker(what: string): Advice {
  return { definition: `${what} in afterFork()`, adopted: `${what} after \`await ready()\` of bullmq-forker` };
}

function always(text: string): Advice {
  return { definition: text, adopted: text };
}
