import { readFileSync } from "node:fs";
import { getSystemErrorMap, getSystemErrorName } from "node:util";

try {
  readFileSync("/no/such/file");
} catch (error) {
  console.log(error);
}
console.log(getSystemErrorName(-2), getSystemErrorMap().size);
