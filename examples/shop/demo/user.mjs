import { statSync } from "node:fs";
import path from "node:path";

const unprivileged = "nobody";

/** Root drops its privileges at boot, unless only root can read the files. Other users keep theirs. */
export function chooseUser(files) {
  if (process.getuid() !== 0) return { environment: {}, text: process.env.USER ?? `uid ${process.getuid()}` };
  const hidden = files.find((file) => !isReadableByAll(file));
  const user = process.env.FORKER_USER ?? (hidden === undefined ? unprivileged : "root");
  const why = user === "root" && hidden !== undefined ? ` (${unprivileged} may not read ${hidden})` : "";
  return { environment: { FORKER_USER: user }, text: `${user}${why}` };
}

function isReadableByAll(file) {
  if ((statSync(file).mode & 0o004) === 0) return false;
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === "/") return true;
  }
}
