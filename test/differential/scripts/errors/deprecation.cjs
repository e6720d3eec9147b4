const util = require("node:util");

const old = util.deprecate(() => 1, "old() is old", "DEP_TEST");
console.log(old(), old());
