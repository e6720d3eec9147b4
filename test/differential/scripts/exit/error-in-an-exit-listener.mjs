process.on("exit", () => {
  throw new Error("while exiting");
});
