console.log(
  Object.groupBy([1, 2, 3], (n) => (n % 2 ? "odd" : "even")),
  [3, 1, 2].toSorted(),
  [1, 2].with(0, 9),
  new Set([1]).union(new Set([2])),
);
console.log(
  [1, 2, 3]
    .values()
    .map((n) => n * 2)
    .toArray(),
  "a-b".replaceAll("-", "+"),
  [1, [2, [3]]].flat(Infinity),
  Array.fromAsync !== undefined,
);
