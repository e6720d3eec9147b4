/** What to write, for packages that many have. The first that matches what made the thing is taken. */
const known: readonly (readonly [made: RegExp, advice: string])[] = [
  [/ for bullmq( |$)/, "make the Queue in afterFork()"],
  [
    / by ioredis( |$)/,
    "add lazyConnect: true to its options, and each worker connects at its first command; or make it in afterFork()",
  ],
  [
    / (by|for) (pino|thread-stream)\b/,
    "a fork does not copy it: log without a transport, pino(pino.destination({ sync: true }))",
  ],
  [/ (by|for) esbuild\b/, "await its stop() at the end of setup()"],
  [/ (by|for) dd-trace\b/, "call tracer.init() in afterFork()"],
  [
    / by module\.register\(\)/,
    "a fork does not copy it, and every import() in a worker would wait for it: leave the hook out, or use module.registerHooks(), which has no thread",
  ],
  [/ (by|for) (axios|got|follow-redirects)\b/, "end setup() with the destroy() of its http.Agent"],
  [/ by fetch\(\)/, 'give the requests of setup() the header "connection: close", or make them in afterFork()'],
  [/=tsx\b|\/tsx\//, "compile the TypeScript beforehand, or let Node strip its types"],
  [/\bsharp\b/, "a fork does not copy it: process no image before the fork, neither in setup() nor in warmup()"],
];

/** `otherwise` is what holds for anything. */
export function adviceFor(origin: string, otherwise: string): string {
  return known.find(([made]) => made.test(origin))?.[1] ?? otherwise;
}
