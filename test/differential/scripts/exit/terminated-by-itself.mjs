process.on("exit", () => console.log("not reached"));
process.kill(process.pid, "SIGTERM");
setTimeout(() => undefined, 10_000);
