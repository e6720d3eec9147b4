import { generateKeyPair, sign, verify } from "node:crypto";
import { promisify } from "node:util";

for (const [type, options, hash] of [
  ["rsa", { modulusLength: 2_048 }, "sha256"],
  ["ec", { namedCurve: "P-256" }, "sha256"],
  ["ed25519", {}, null],
]) {
  const { publicKey, privateKey } = await promisify(generateKeyPair)(type, options);
  const signature = sign(hash, Buffer.from("text"), privateKey);
  console.log(
    type,
    verify(hash, Buffer.from("text"), publicKey, signature),
    verify(hash, Buffer.from("texu"), publicKey, signature),
  );
}
