const listener = () => console.log("not reached");
process.on("SIGHUP", listener).removeListener("SIGHUP", listener);
process.kill(process.pid, "SIGHUP");
setTimeout(() => undefined, 10_000);
