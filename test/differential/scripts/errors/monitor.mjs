process.on("uncaughtExceptionMonitor", (error, origin) => console.log("seen", error.message, origin));
void Promise.reject(new Error("monitored"));
