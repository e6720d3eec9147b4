import { pbkdf2 } from "node:crypto";

for (let i = 0; i < 10; i++) pbkdf2("a", "b", 100_000, 32, "sha512", () => console.log("not reached"));
// The jobs run while the event loop does not turn, so no callback can run, however slow the machine is.
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
process.exit(6);
