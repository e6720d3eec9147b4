// node: --max-old-space-size=64
const kept = [];
for (let round = 0; round < 400; round++) {
  kept.push(Array.from({ length: 10_000 }, (_, i) => ({ round, i })));
  if (kept.length > 60) kept.splice(0, 30);
}
console.log(kept.length, kept.at(-1).length);
