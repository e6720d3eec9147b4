const fs = require("node:fs");
const path = require("node:path");

fs.writeFileSync("one.mjs", "export const a = 1; export default 2;");
console.log(require(path.resolve("one.mjs")));
