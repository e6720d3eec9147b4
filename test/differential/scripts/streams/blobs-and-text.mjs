const blob = new Blob(["one", new Uint8Array([32, 195, 169])], { type: "text/plain" });
console.log(
  blob.size,
  await blob.text(),
  await blob.slice(0, 3).text(),
  new TextDecoder("latin1").decode(new Uint8Array([233])),
);
console.log(structuredClone(blob).size, Buffer.from(await blob.arrayBuffer()).toString("base64"));
