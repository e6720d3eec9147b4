const drawn = new Set(Array.from({ length: 1_000 }, () => Math.random()));
console.log(
  drawn.size,
  [...drawn].every((one) => one >= 0 && one < 1),
  Math.random.name,
  Math.random.length,
);
console.log(new Set(Array.from({ length: 300 }, () => crypto.randomUUID())).size);
