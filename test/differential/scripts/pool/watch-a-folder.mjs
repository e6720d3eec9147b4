import { watch, writeFileSync } from "node:fs";

const watcher = watch(".", (event, name) => {
  console.log(event, name);
  watcher.close();
});
writeFileSync("new", "");
