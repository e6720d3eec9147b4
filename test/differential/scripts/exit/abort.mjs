// stderr: ^$
process.on("exit", () => console.log("not reached"));
process.abort();
