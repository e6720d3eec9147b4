// stderr: ^$
import { readFileSync } from "node:fs";

const file = process.report.writeReport("report.json");
console.log(file, JSON.parse(readFileSync(file, "utf8")).header.processId === process.pid);
