const packed = new Blob(["text ".repeat(10_000)]).stream().pipeThrough(new CompressionStream("gzip"));
const text = await new Response(packed.pipeThrough(new DecompressionStream("gzip"))).text();
console.log(text.length);
