import { promisify } from "node:util";
import zlib from "node:zlib";

const text = Buffer.from("the same again ".repeat(10_000));
for (const [pack, unpack] of [
  ["gzip", "gunzip"],
  ["deflate", "inflate"],
  ["deflateRaw", "inflateRaw"],
  ["brotliCompress", "brotliDecompress"],
  ["zstdCompress", "zstdDecompress"],
]) {
  if (zlib[pack] === undefined) continue;
  const packed = await promisify(zlib[pack])(text);
  const again = await promisify(zlib[unpack])(packed);
  console.log(pack, packed.length, again.equals(text));
}
console.log(zlib.gzipSync(text).length, zlib.crc32?.(text));
