import { createCipheriv, createDecipheriv, createHash, createHmac, getHashes } from "node:crypto";

const cipher = createCipheriv("aes-256-cbc", Buffer.alloc(32), Buffer.alloc(16));
const secret = cipher.update("some text", "utf8", "hex") + cipher.final("hex");
const decipher = createDecipheriv("aes-256-cbc", Buffer.alloc(32), Buffer.alloc(16));
console.log(secret, decipher.update(secret, "hex", "utf8") + decipher.final("utf8"));
console.log(
  createHash("sha3-256").update("a").digest("hex"),
  createHmac("md5", "k").update("a").digest("base64"),
  getHashes().length,
);
