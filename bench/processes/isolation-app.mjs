// The application of bench/isolation.ts: a processor that does nothing, in a template that has BENCH_TEMPLATE_MB resident.
const wantedBytes = Number(process.env.BENCH_TEMPLATE_MB ?? 0) * 2 ** 20;
const looksEvery = 10_000;
/** Global, because V8 collects what no function of a module uses. */
const loaded = (globalThis.loaded = []);

// Objects in V8's heap, as an application has. Most of them outlive V8's collections, so little of this is garbage.
while (process.memoryUsage.rss() < wantedBytes)
  for (let i = 0; i < looksEvery; i++) loaded.push({ id: loaded.length, name: `record ${loaded.length}`, tags: [i] });

export default { processors: { "*": () => undefined } };
