import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc");
for (const type of ["minor", "major"]) {
  await gc({ execution: "async", type });
  console.log(type, "done");
}
