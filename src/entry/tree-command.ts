import { isatty } from "node:tty";
import { mayColour } from "../admin/terminal/styled.ts";
import { treeText } from "../admin/terminal/tree-lines.ts";
import type { Command } from "../config/command.ts";
import { exitCodes } from "../exit/exit-codes.ts";
import { say } from "./say.ts";
import { askStatus } from "./status-command.ts";

/** `forker tree`: the processes with their private and shared memory. */
export async function tree({ pid }: Extract<Command, { kind: "tree" }>): Promise<number> {
  say.styled(treeText(await askStatus(pid), mayColour(process.env, isatty(1))));
  return exitCodes.done.code;
}
