const shapes = Array.from({ length: 50 }, (_, i) => ({ [`own${i}`]: i, value: i }));
let sum = 0;
for (let i = 0; i < 2_000_000; i++) sum += shapes[i % 50].value;
console.log(sum);
