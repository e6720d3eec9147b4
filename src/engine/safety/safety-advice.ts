/** Advice for widely used packages. The first pattern that matches the origin applies. */
const known: readonly (readonly [made: RegExp, advice: string])[] = [
  [
    / (by|for) (pino|thread-stream)\b/,
    "a fork does not copy it, and it cannot be started again with what was transferred to it: log without a transferList",
  ],
  [/ (by|for) esbuild\b/, "await esbuild.stop() at the end of setup()"],
  [/ (by|for) dd-trace\b/, "call tracer.init() in afterFork()"],
  [
    / by module\.register\(\)/,
    "a fork does not copy it, and every import() in a worker would wait for it: remove the hook, or use module.registerHooks(), which needs no thread",
  ],
  [/=tsx\b|\/tsx\//, "compile the TypeScript beforehand, or let Node strip the types"],
  [/\bsharp\b/, "a fork does not copy it: do not process images in setup() or warmup()"],
];

/** `otherwise` applies if no pattern matches. */
export function adviceFor(origin: string, otherwise: string): string {
  return known.find(([made]) => made.test(origin))?.[1] ?? otherwise;
}
