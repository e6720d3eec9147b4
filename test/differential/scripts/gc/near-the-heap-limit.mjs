// node: --max-old-space-size=64
const kept = [];
for (let round = 0; round < 400; round++) {
  kept.push(Array.from({ length: 10_000 }, (_, i) => ({ round, i })));
  // On a busy machine, what is allocated while V8 marks, and dropped at once, counts as live for long: it needs room.
  if (kept.length > 40) kept.splice(0, 20);
}
console.log(kept.length, kept.at(-1).length);
