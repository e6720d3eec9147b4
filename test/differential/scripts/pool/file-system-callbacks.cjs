const fs = require("node:fs");

fs.writeFile("one", "text", (error) => {
  fs.readFile("one", "utf8", (failure, text) => {
    console.log(error, failure, text);
    fs.access("none", (missing) => console.log(missing.code, missing.message));
  });
});
