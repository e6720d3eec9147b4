function* count(n) {
  for (let i = 0; i < n; i++) yield i;
}
async function* later(n) {
  for (const i of count(n)) yield await Promise.resolve(i);
}
let sum = 0;
for (const i of count(1_000_000)) sum += i;
for await (const i of later(100_000)) sum += i;
console.log(sum);
