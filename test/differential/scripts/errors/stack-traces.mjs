import { inspect } from "node:util";

async function inner() {
  await new Promise((resolve) => setTimeout(resolve, 1));
  throw new Error("after an await");
}
async function outer() {
  await inner();
}
await outer().catch((error) => console.log(inspect(error)));
