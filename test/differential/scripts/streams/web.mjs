const { readable, writable } = new TransformStream({ transform: (chunk, controller) => controller.enqueue(chunk * 2) });
const writer = writable.getWriter();
void (async () => {
  for (const n of [1, 2, 3]) await writer.write(n);
  await writer.close();
})();
for await (const n of readable) console.log(n);
const [a, b] = ReadableStream.from(["x", "y"]).tee();
console.log(await Array.fromAsync(a), await Array.fromAsync(b));
