process.on("exit", () => {
  console.log("first");
  process.exit(7);
});
process.on("exit", () => console.log("second"));
