setTimeout(() => console.log("not reached"), 1);
setImmediate(() => console.log("not reached"));
process.nextTick(() => console.log("not reached"));
process.exit(0);
