process.on("uncaughtException", (error, origin) => console.log(error.message, origin));
setTimeout(() => console.log("lives on"), 10);
throw new Error("caught by the handler");
