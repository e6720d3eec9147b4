import { execFile } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { promisify } from "node:util";
import type { Status } from "../../src/protocol/status.ts";
import type { Pid1 } from "./pid1.ts";

const question = JSON.stringify({ kind: "ask", what: { name: "status" } });

/** init answers nobody in another PID namespace. Perl starts in a fraction of the processor time that Node needs. */
const program = `use strict; use Socket;
socket(my $socket, PF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
connect($socket, pack_sockaddr_un("\\0$ARGV[0]")) or die "connect: $!";
syswrite($socket, "$ARGV[1]\\n") or die "write: $!";
while (sysread($socket, my $bytes, 65536)) { print $bytes }`;

/** What `forker status --json` prints. Tests wait by asking repeatedly, so a question must cost little. */
export async function askStatus({ outerPid }: Pid1): Promise<Status> {
  const name = controlSocketOf(outerPid);
  const inside = ["-t", String(outerPid), "--pid", "--mount", "--net", "--", "perl", "-e", program, name, question];
  const { stdout } = await promisify(execFile)("nsenter", inside);
  const answer = JSON.parse(stdout) as Status & { readonly error?: string };
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer;
}

/** Of the forker with the lowest pid in the namespace. */
function controlSocketOf(outerPid: number | undefined): string {
  const inode = /\d+/.exec(readlinkSync(`/proc/${outerPid}/ns/pid`))?.[0];
  const names = readFileSync(`/proc/${outerPid}/net/unix`, "utf8").matchAll(/@(bullmq-forker\/(\d+)\/(\d+))$/gm);
  const [first] = [...names]
    .filter(([, , namespace]) => namespace === inode)
    .toSorted(([, , , one], [, , , other]) => Number(one) - Number(other));
  if (first?.[1] === undefined) throw new Error("no forker is running in this PID namespace");
  return first[1];
}
