import { mistake } from "./mistake.ts";

/** What is read of a package.json. */
export interface Manifest {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly main: string | undefined;
  /** `pnpm@10.4.1`, as corepack reads it. */
  readonly packageManager: string | undefined;
  readonly nodeRange: string | undefined;
  readonly scripts: ReadonlyMap<string, string>;
  readonly dependencies: ReadonlySet<string>;
  readonly devDependencies: ReadonlySet<string>;
}

export function parseManifest(text: string): Manifest {
  const value = parse(text);
  return {
    name: stringIn(value, "name"),
    version: stringIn(value, "version"),
    main: stringIn(value, "main"),
    packageManager: stringIn(value, "packageManager"),
    nodeRange: stringIn(objectIn(value, "engines"), "node"),
    scripts: new Map(
      Object.entries(objectIn(value, "scripts")).filter(
        (entry): entry is [string, string] => typeof entry[1] === "string",
      ),
    ),
    dependencies: new Set(Object.keys(objectIn(value, "dependencies"))),
    devDependencies: new Set(Object.keys(objectIn(value, "devDependencies"))),
  };
}

function parse(text: string): object {
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch (cause) {
    throw mistake("badApp", `package.json: expected JSON, got: ${(cause as Error).message}`, cause);
  }
  throw mistake("badApp", `package.json: expected an object, got ${text.trim().slice(0, 40)}`);
}

function stringIn(value: object, key: string): string | undefined {
  const found = (value as Record<string, unknown>)[key];
  return typeof found === "string" && found !== "" ? found : undefined;
}

function objectIn(value: object, key: string): object {
  const found = (value as Record<string, unknown>)[key];
  return typeof found === "object" && found !== null ? found : {};
}
