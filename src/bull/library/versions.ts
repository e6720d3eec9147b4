/** A version of BullMQ or ioredis. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  /** As its package states it. */
  readonly text: string;
}

/** What forker takes. `newest`: the newest release of each major version that the tests run with. */
interface Supported {
  readonly oldest: string;
  readonly newest: Readonly<Record<number, string>>;
}

/** peerDependencies in package.json and docs/VERSIONS.md state the same, and test/unit/bull/library/versions.test.ts compares them. */
export const supported: Readonly<Record<"bullmq" | "ioredis", Supported>> = {
  bullmq: { oldest: "5.0.0", newest: { 5: "5.81.5", 6: "6.7.0" } },
  ioredis: { oldest: "5.0.0", newest: { 5: "5.11.1", 6: "6.0.0" } },
};

export function parseVersion(text: string): Version {
  const [major = 0, minor = 0] = text.split(".").map((part) => Number.parseInt(part, 10));
  return { major, minor, text };
}

export function isBefore({ major, minor }: Version, other: string): boolean {
  const than = parseVersion(other);
  return major === than.major ? minor < than.minor : major < than.major;
}

/** "5.0 to 6", for people. */
export function rangeOf(name: keyof typeof supported): string {
  const { oldest, newest } = supported[name];
  const last = parseVersion(Object.values(newest).at(-1) ?? "");
  return `${oldest.split(".", 2).join(".")} to ${last.major}`;
}

/** Whether forker takes this version. A newer minor version of a known major version counts as known. */
export function isSupported(name: keyof typeof supported, version: Version): boolean {
  const { oldest, newest } = supported[name];
  return !isBefore(version, oldest) && version.major in newest;
}

/**
 * The package that replaces this version with the least change: the same major version if forker takes it, otherwise the nearest.
 * Where the same major version is too new, its newest release that was tested.
 */
export function replacementFor(name: keyof typeof supported, version: Version): string {
  const { newest } = supported[name];
  const majors = Object.keys(newest).map(Number);
  const nearest = Math.min(Math.max(version.major, Math.min(...majors)), Math.max(...majors));
  const tested = newest[nearest] ?? "";
  const isTooNew = version.major === nearest && isBefore(parseVersion(tested), version.text);
  return `${name}@${isTooNew ? tested : nearest}`;
}
