process.exitCode = 17;
process.on("exit", (code) => console.log("exit", code, process.exitCode));
