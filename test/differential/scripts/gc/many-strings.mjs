const words = new Map();
for (let i = 0; i < 300_000; i++) {
  const word = `word ${(i * 7_919) % 100_003}`;
  words.set(word, (words.get(word) ?? 0) + 1);
}
console.log(words.size, [...words].slice(0, 3));
