process.on("exit", () => console.log("not reached"));
process.reallyExit(12);
