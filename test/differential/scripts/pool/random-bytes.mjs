import { randomBytes, randomFill, randomInt, randomUUID } from "node:crypto";
import { promisify } from "node:util";

const drawn = await Promise.all(Array.from({ length: 100 }, () => promisify(randomBytes)(32)));
console.log(new Set(drawn.map((one) => one.toString("hex"))).size);
console.log(
  (await promisify(randomFill)(new Uint8Array(64))).length,
  await promisify(randomInt)(1),
  randomUUID().length,
);
