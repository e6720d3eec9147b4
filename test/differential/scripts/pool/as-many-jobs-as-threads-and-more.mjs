import { pbkdf2 } from "node:crypto";
import { promisify } from "node:util";

const keys = await Promise.all(Array.from({ length: 40 }, (_, i) => promisify(pbkdf2)(`${i}`, "s", 2_000, 4, "sha1")));
console.log(Buffer.concat(keys).toString("hex"));
