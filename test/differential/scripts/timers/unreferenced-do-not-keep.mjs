setTimeout(() => console.log("not reached"), 60_000).unref();
setInterval(() => console.log("not reached"), 60_000).unref();
process.on("exit", (code) => console.log("exit", code));
