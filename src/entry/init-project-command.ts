import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "../config/command.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { mistake } from "../starter/mistake.ts";
import { planFiles, type StarterFile } from "../starter/plan.ts";
import { readProject } from "../starter/project.ts";
import { say } from "./say.ts";

/** `forker init`: writes the files that a project needs for forker and does not have. It overwrites nothing. */
export function initProject({ kubernetes, dryRun }: Extract<Command, { kind: "initProject" }>): number {
  const folder = process.cwd();
  const { missing, kept, notes, next } = planFiles(readProject(folder), kubernetes);
  for (const { file, why } of kept) say.line(`kept   ${file}: ${why}`);
  for (const one of missing) {
    if (dryRun) say.line(`would write ${one.file}:\n${one.text.replaceAll(/^(?=.)/gm, "    ")}`);
    else if (write(folder, one)) say.line(`wrote  ${one.file}`);
    else say.line(`kept   ${one.file}: it exists`);
  }
  for (const note of notes) say.line(`note   ${note}`);
  say.line(`next:\n  ${next.join("\n  ")}`);
  return exitCodes.done.code;
}

/** False if the file exists, which the kernel decides: also a symlink that leads nowhere. */
function write(folder: string, { file, text }: StarterFile): boolean {
  const whole = path.join(folder, file);
  try {
    mkdirSync(path.dirname(whole), { recursive: true });
    writeFileSync(whole, text, { flag: "wx" });
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw mistake("system", `could not write ${whole}: ${(cause as Error).message}`, cause);
  }
}
