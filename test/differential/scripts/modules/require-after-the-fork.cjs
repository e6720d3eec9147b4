const fs = require("node:fs");
const path = require("node:path");

fs.mkdirSync("node_modules/thing", { recursive: true });
fs.writeFileSync("node_modules/thing/package.json", '{"name":"thing","main":"it.js"}');
fs.writeFileSync("node_modules/thing/it.js", "module.exports = { name: 'thing', file: __filename.endsWith('it.js') }");
const require_ = require("node:module").createRequire(path.resolve("x.js"));
console.log(require_("thing"), require_("thing") === require_("thing"), require_.resolve("thing").endsWith("it.js"));
try {
  require_("no-such-thing");
} catch (error) {
  console.log(error.code, error.message.split("\n")[0]);
}
