import { readdirSync, readlinkSync } from "node:fs";

const kinds = {};
for (const fd of readdirSync("/proc/self/fd")) {
  let kind;
  try {
    kind = readlinkSync(`/proc/self/fd/${fd}`).replace(/:\[\d+\]$/, "");
  } catch {
    continue;
  }
  kinds[kind] = (kinds[kind] ?? 0) + 1;
}
console.log(Object.entries(kinds).sort());
