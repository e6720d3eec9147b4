import { appendFileSync, unwatchFile, watchFile, writeFileSync } from "node:fs";

writeFileSync("one", "");
watchFile("one", { interval: 5 }, (now, before) => {
  console.log(now.size > before.size);
  clearInterval(writing);
  unwatchFile("one");
});
const writing = setInterval(() => appendFileSync("one", "x"), 50);
