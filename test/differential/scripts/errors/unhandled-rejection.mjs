void Promise.reject(new Error("nobody waits for this"));
setTimeout(() => console.log("not reached"), 1_000);
