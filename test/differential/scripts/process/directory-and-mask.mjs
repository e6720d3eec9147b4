import { mkdirSync, statSync, writeFileSync } from "node:fs";

process.umask(0o027);
mkdirSync("below");
process.chdir("below");
writeFileSync("file", "");
console.log(process.cwd().endsWith("below"), (statSync("file").mode & 0o777).toString(8));
