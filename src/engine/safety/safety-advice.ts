/** Advice for widely used packages. The first pattern that matches the origin applies. */
const known: readonly (readonly [made: RegExp, advice: string])[] = [
  [/ for bullmq( |$)/, "create the Queue in afterFork()"],
  [
    / by ioredis( |$)/,
    "add lazyConnect: true to its options, so that each worker connects at its first command, or create it in afterFork()",
  ],
  [
    / (by|for) (pino|thread-stream)\b/,
    "a fork does not copy it: log without a transport, as with pino(pino.destination({ sync: true }))",
  ],
  [/ (by|for) esbuild\b/, "await esbuild.stop() at the end of setup()"],
  [/ (by|for) dd-trace\b/, "call tracer.init() in afterFork()"],
  [
    / by module\.register\(\)/,
    "a fork does not copy it, and every import() in a worker would wait for it: remove the hook, or use module.registerHooks(), which needs no thread",
  ],
  [/ (by|for) (axios|got|follow-redirects)\b/, "call destroy() on its http.Agent at the end of setup()"],
  [/ by fetch\(\)/, 'send the requests of setup() with the header "connection: close", or make them in afterFork()'],
  [/=tsx\b|\/tsx\//, "compile the TypeScript beforehand, or let Node strip the types"],
  [/\bsharp\b/, "a fork does not copy it: do not process images in setup() or warmup()"],
];

/** `otherwise` applies if no pattern matches. */
export function adviceFor(origin: string, otherwise: string): string {
  return known.find(([made]) => made.test(origin))?.[1] ?? otherwise;
}
