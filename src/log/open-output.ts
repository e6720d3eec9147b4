import fs from "node:fs";
import { getSystemErrorName } from "node:util";
import { addonProblem, native } from "../native/binding.ts";

/** One attempt: how many bytes from that offset were accepted, or an error code such as EAGAIN. */
export type WriteOnce = (bytes: Buffer, from: number) => number | string;

/**
 * Standard output, for writes that do not block. O_NONBLOCK belongs to the open file description, which fd 1 shares with every
 * other process of the container, so fd 1 keeps its flags. Reopening a pipe or terminal through /proc gives forker a description of
 * its own; this must happen before a change of user, because root may own the pipe. Where it is impossible (a socket, another
 * user's pipe), the addon asks the kernel at each write not to block. A file is used as it is: the kernel either accepts the
 * bytes or returns ENOSPC.
 */
export function openOutput(fd = 1): WriteOnce {
  try {
    const kind = fs.fstatSync(fd);
    if (kind.isFile()) return throughNode(fd);
    if (kind.isFIFO() || kind.isCharacterDevice()) {
      const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
      return throughNode(fs.openSync(`/proc/self/fd/${fd}`, O_WRONLY | O_NONBLOCK | O_NOCTTY));
    }
  } catch {
    // ENXIO: a socket or a pipe without a reader. EACCES: another user's. EBADF: standard output is closed.
  }
  return addonProblem() === undefined ? throughAddon(fd) : throughNode(fd);
}

function throughNode(fd: number): WriteOnce {
  return (bytes, from) => {
    try {
      return fs.writeSync(fd, bytes, from);
    } catch (cause) {
      return (cause as NodeJS.ErrnoException).code ?? "EIO";
    }
  };
}

function throughAddon(fd: number): WriteOnce {
  return (bytes, from) => {
    const taken = native().writeNow(fd, bytes, from);
    return taken < 0 ? getSystemErrorName(taken) : taken;
  };
}
