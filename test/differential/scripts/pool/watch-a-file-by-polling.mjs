import { unwatchFile, watchFile, writeFileSync } from "node:fs";

writeFileSync("one", "");
watchFile("one", { interval: 5 }, (now, before) => {
  console.log(now.size > before.size);
  clearInterval(writing);
  unwatchFile("one");
});
let written = "";
const writing = setInterval(() => writeFileSync("one", (written += "x")), 50);
