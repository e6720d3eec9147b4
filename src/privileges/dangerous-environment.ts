/**
 * Variables that would undo what changing the user promises. With io_uring libuv's requests may run with the rights that
 * the process had when it began (CVE-2024-22017), and some versions of Node refuse setuid(2) because of it.
 */
const dangerous = ["UV_USE_IO_URING"];

/** Takes them away, here and for every process that is started from here on. Returns which were there. */
export function removeDangerousEnvironment(environment: NodeJS.ProcessEnv = process.env): string[] {
  const present = dangerous.filter((name) => environment[name] !== undefined);
  for (const name of present) delete environment[name];
  return present;
}
