import { hkdf, pbkdf2, scrypt, scryptSync } from "node:crypto";
import { promisify } from "node:util";

console.log((await promisify(pbkdf2)("a", "b", 5_000, 16, "sha512")).toString("hex"));
console.log((await promisify(scrypt)("a", "b", 16)).equals(scryptSync("a", "b", 16)));
console.log(Buffer.from(await promisify(hkdf)("sha256", "a", "b", "c", 16)).toString("hex"));
