const domain = require("node:domain").create();

domain.on("error", (error) => console.log("the domain got", error.message));
domain.run(() => {
  setTimeout(() => {
    throw new Error("in a domain");
  }, 1);
});
