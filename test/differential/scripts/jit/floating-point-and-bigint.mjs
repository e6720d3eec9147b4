let a = 0.1;
for (let i = 0; i < 5_000_000; i++) a = Math.sin(a) * 1.0001 + 1e-9;
let b = 1n;
for (let i = 1n; i < 1_000n; i++) b *= i;
console.log(a, b.toString().length, b % 1_000_003n);
