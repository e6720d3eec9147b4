// The host made the function hot: forked or not, its machine code exists and can be deoptimized safely.
const { hotOfTheHost } = globalThis;
let sum = 0;
for (let i = 0; i < 1_000; i++) sum = (sum + hotOfTheHost(i, i)) | 0;
console.log(sum, hotOfTheHost("a", 2), hotOfTheHost(1.5, 2.5));
