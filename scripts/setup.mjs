// What npm start and npm test need, on a machine that has only Node, npm and root or sudo. Runs on Node 20.
import process from "node:process";

process.stdout.write("");
