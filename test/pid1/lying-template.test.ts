// With forker.user(), init is root and the template is not: the pids that the template reports come from an unprivileged process.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { eventually } from "../support/deadline.ts";
import { Forker } from "../support/forker.ts";

/**
 * Loaded by the application. Once a file `victim` exists, the template reports the pid in it as that of the worker that it
 * forked, and the worker never sends its hello.
 */
const lies = (folder: string) => `
import net from "node:net";
import fs from "node:fs";
export const version = "lies";
const template = process.pid;
const write = net.Socket.prototype.write;
net.Socket.prototype.write = function (text, ...rest) {
  const victim = fs.existsSync("${folder}/victim") ? fs.readFileSync("${folder}/victim", "utf8") : undefined;
  if (victim === undefined || typeof text !== "string") return write.call(this, text, ...rest);
  if (process.pid !== template && text.includes('"kind":"hello"')) return true;
  return write.call(this, text.includes('"kind":"forked"') ? text.replace(/"pid":\\d+/, '"pid":' + victim) : text, ...rest);
};
`;

interface Bystander {
  readonly pid: number;
  readonly outerPid: number;
}

/** A process of root in the container that init did not start, like one of `docker exec`. */
async function bystander(forker: Forker): Promise<Bystander> {
  const inside = ["-t", String(forker.pid1.outerPid), "--pid", "--", "sleep", "600"];
  const { pid } = spawn("nsenter", inside, { stdio: "ignore" });
  const outerPid = await eventually(60_000, "the bystander", () => {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
    return child === undefined ? undefined : Number(child);
  });
  const [, inner] = /^NSpid:.*\t(\d+)$/m.exec(readFileSync(`/proc/${outerPid}/status`, "utf8")) ?? [];
  return { pid: Number(inner), outerPid };
}

test("with forker.user(), init signals no process merely because a template claims it as its worker", async () => {
  await using forker = await Forker.start({
    workload: "jobs",
    env: { FORKER_USER: undefined, TEST_USER: "nobody", FORKER_STOP_TIMEOUT: "100ms" },
  });
  await forker.ready();
  forker.deploy(lies(forker.folder));
  forker.pid1.signal("SIGHUP");
  const [before] = (await forker.reloaded(2)).slots[0]?.workers ?? [];
  const victim = await bystander(forker);
  writeFileSync(path.join(forker.folder, "victim"), String(victim.pid));
  const from = forker.log.length;
  forker.pid1.signalInner(before?.pid ?? 0, "SIGKILL");
  await forker.until("the template to have named it", ({ slots }) => {
    const refused = forker.log.slice(from).some(({ workerPid }) => workerPid === victim.pid);
    return refused || slots[0]?.workers[0]?.pid === victim.pid;
  });
  await forker.subcommand("signal", "TERM", "0");
  await forker.status();
  assert.match(readFileSync(`/proc/${victim.outerPid}/status`, "utf8"), /^State:\s+S/m);
  await forker.logged("rejected worker claimed by a template", from);
  process.kill(victim.outerPid, "SIGKILL");
});
