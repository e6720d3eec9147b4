const log = [];
const proxy = new Proxy({}, { get: (_, name) => (log.push(name), 1), has: () => true });
with_(proxy);
function with_(one) {
  for (let i = 0; i < 10_000; i++) if (one.a !== 1 || !("b" in one)) throw new Error("no");
}
console.log(
  log.length,
  new Date(2026, 10, 24).toISOString(),
  Reflect.ownKeys(
    class {
      static #a = 1;
      static b = 2;
    },
  ).length,
);
