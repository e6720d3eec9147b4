const memory = new WebAssembly.Memory({ initial: 1, maximum: 200 });
const sizes = [];
for (let i = 0; i < 100; i++) {
  memory.grow(1);
  new Uint32Array(memory.buffer)[memory.buffer.byteLength / 4 - 1] = i;
  if (i % 20 === 0) sizes.push(memory.buffer.byteLength);
}
console.log(sizes);
try {
  memory.grow(1_000);
} catch (error) {
  console.log(error.name);
}
