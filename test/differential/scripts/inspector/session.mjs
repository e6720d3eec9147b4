import { Session } from "node:inspector/promises";

const session = new Session();
session.connect();
console.log((await session.post("Runtime.evaluate", { expression: "6 * 7" })).result);
await session.post("Runtime.enable");
session.on("Runtime.consoleAPICalled", ({ params }) => process.stdout.write(`seen: ${params.args[0].value}\n`));
console.log("logged");
session.disconnect();
