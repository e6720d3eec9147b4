import { lookup, lookupService } from "node:dns/promises";

console.log(await lookup("localhost", { family: 4 }), await lookup("127.0.0.1"));
await lookup("does-not-exist.invalid").catch((error) => console.log(error.syscall, error.hostname));
console.log((await lookupService("127.0.0.1", 80)).hostname);
