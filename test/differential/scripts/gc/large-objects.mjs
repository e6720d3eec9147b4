const kept = new Map();
for (let i = 0; i < 200; i++) {
  kept.set(i % 10, new Array(400_000).fill(i));
}
console.log([...kept.values()].map((list) => list[399_999]));
