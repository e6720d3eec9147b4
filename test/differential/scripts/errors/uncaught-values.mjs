process.on("uncaughtException", (value) => console.log("caught", value));
for (const value of [null, undefined, "text", 42, { a: 1 }]) {
  setTimeout(() => {
    throw value;
  }, 1);
}
