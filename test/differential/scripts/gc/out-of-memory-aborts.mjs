// node: --max-old-space-size=64
// stderr: JavaScript heap out of memory
const kept = [];
for (;;) kept.push(Array.from({ length: 10_000 }, (_, i) => ({ i })));
