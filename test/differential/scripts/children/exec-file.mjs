import { execFile } from "node:child_process";

execFile("printf", ["%s-%s", "a", "b"], (error, stdout, stderr) => console.log(error, stdout, stderr));
