/**
 * Variables that would undo a change of user. With io_uring, libuv's requests may run with the rights that the process had when
 * it started (CVE-2024-22017), and some versions of Node refuse setuid(2) because of it.
 */
const dangerous = ["UV_USE_IO_URING"];

export function hasDangerousEnvironment(environment: NodeJS.ProcessEnv = process.env): boolean {
  return dangerous.some((name) => environment[name] !== undefined);
}

/** Removes them, for this process and for those that it starts. Returns the names of those that were set. */
export function removeDangerousEnvironment(environment: NodeJS.ProcessEnv = process.env): string[] {
  const present = dangerous.filter((name) => environment[name] !== undefined);
  for (const name of present) delete environment[name];
  return present;
}
