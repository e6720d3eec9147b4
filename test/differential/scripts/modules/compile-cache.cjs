const { constants, enableCompileCache, getCompileCacheDir } = require("node:module");
const fs = require("node:fs");
const path = require("node:path");

const { status } = enableCompileCache(path.resolve("cache"));
fs.writeFileSync("one.cjs", "module.exports = () => 1;");
console.log(
  status === constants.compileCacheStatus.ENABLED,
  getCompileCacheDir() !== undefined,
  require(path.resolve("one.cjs"))(),
);
process.on("exit", () => console.log(fs.readdirSync("cache").length));
