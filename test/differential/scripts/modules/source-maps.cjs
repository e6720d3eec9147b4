const fs = require("node:fs");
const path = require("node:path");

process.setSourceMapsEnabled(true);
const map = { version: 3, sources: ["original.ts"], names: [], mappings: "AAAA;AAIA" };
const inline = Buffer.from(JSON.stringify(map)).toString("base64");
fs.writeFileSync(
  "made.cjs",
  `exports.fail = () => {\nthrow new Error("mapped"); };\n//# sourceMappingURL=data:application/json;base64,${inline}\n`,
);
try {
  require(path.resolve("made.cjs")).fail();
} catch (error) {
  console.log(error.stack.split("\n").slice(0, 2).join("\n"));
}
