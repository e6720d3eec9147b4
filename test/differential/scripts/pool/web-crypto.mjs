const { subtle } = crypto;
const key = await subtle.importKey("raw", new Uint8Array(32), "AES-GCM", false, ["encrypt", "decrypt"]);
const iv = new Uint8Array(12);
const secret = await subtle.encrypt({ name: "AES-GCM", iv }, key, new TextEncoder().encode("text"));
console.log(
  Buffer.from(secret).toString("hex"),
  new TextDecoder().decode(await subtle.decrypt({ name: "AES-GCM", iv }, key, secret)),
);
console.log(Buffer.from(await subtle.digest("SHA-256", new Uint8Array(3))).toString("hex"));
