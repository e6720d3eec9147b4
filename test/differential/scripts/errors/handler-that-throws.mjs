process.on("uncaughtException", () => {
  throw new Error("from the handler");
});
setTimeout(() => {
  throw new Error("first");
}, 1);
