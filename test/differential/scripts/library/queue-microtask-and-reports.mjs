queueMicrotask(() => {
  throw new Error("in a microtask");
});
process.once("uncaughtException", (error) => console.log(error.message));
