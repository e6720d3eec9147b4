import fs from "node:fs";
import { getSystemErrorName } from "node:util";
import { addonProblem, native } from "../native/binding.ts";

/** One attempt: how many of the bytes from there on were taken, or an error's code such as EAGAIN. */
export type WriteOnce = (bytes: Buffer, from: number) => number | string;

/**
 * Standard output, for writing that does not wait. O_NONBLOCK belongs to the open file description, which fd 1 shares with
 * every other process of the container: so it is left as it is. A pipe or terminal that is opened anew through /proc has one of
 * our own; that must be done before a change of user, as the pipe may be root's. Where it cannot be done (a socket, another
 * user's pipe) the addon asks the kernel at each write not to wait. A file is written to as it is: the kernel either takes
 * it or says ENOSPC.
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
    // ENXIO, a socket or a pipe without a reader; EACCES, another user's; EBADF, there is none at all.
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
