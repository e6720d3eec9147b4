process.on("unhandledRejection", (reason, promise) => console.log(reason.message, promise instanceof Promise));
process.on("rejectionHandled", () => console.log("handled after all"));
const rejected = Promise.reject(new Error("late"));
setTimeout(() => rejected.catch(() => undefined), 5);
