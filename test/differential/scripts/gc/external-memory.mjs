let total = 0;
for (let i = 0; i < 2_000; i++) total += new ArrayBuffer(1024 * 1024).byteLength;
const { arrayBuffers, external } = process.memoryUsage();
console.log(total, external >= arrayBuffers);
