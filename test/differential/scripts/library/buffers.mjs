const buffer = Buffer.alloc(10);
buffer.writeDoubleBE(1.5, 1);
console.log(
  buffer,
  Buffer.from("ünï").toString("base64url"),
  Buffer.concat([Buffer.from("a"), Buffer.from([98])]).toString(),
);
console.log(
  Buffer.compare(Buffer.from("a"), Buffer.from("b")),
  buffer.swap16().length,
  Buffer.poolSize,
  Buffer.from("ff", "hex")[0],
);
const big = Buffer.allocUnsafe(100).fill("ab");
console.log(big.indexOf("ba"), big.lastIndexOf("ab"), big.subarray(1, 3).toString(), new Blob([big]).size);
