// stderr: ^Error: with a report|Node\.js report completed
import { existsSync } from "node:fs";

process.report.reportOnUncaughtException = true;
process.report.filename = "uncaught.json";
process.on("exit", () => console.log(existsSync("uncaught.json")));
throw new Error("with a report");
