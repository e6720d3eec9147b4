import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("./scripts", import.meta.url));

/** One script of the table, with the requirements in its first lines. */
export interface Script {
  /** `<topic>/<what it shows>` */
  readonly name: string;
  readonly file: string;
  /** `// node: --flag`: the options of Node. */
  readonly flags: readonly string[];
  /** `// stderr: pattern`: the part of standard error that is compared, if the rest differs each time (addresses, times). */
  readonly stderr: RegExp | undefined;
  /** `// not on 24.0.0: why`: a Node on which even a plain process does not do what the script shows. */
  readonly notOn: string | undefined;
}

export function readTable(): Script[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => /\.[cm]js$/.test(name));
  return names
    .toSorted()
    .filter((name) => !name.includes("support/"))
    .map(readScript);
}

function readScript(name: string): Script {
  const file = path.join(folder, name);
  const text = readFileSync(file, "utf8");
  const stderr = /^\/\/ stderr: (.+)$/m.exec(text)?.[1];
  const notOn = /^\/\/ not on ([\d.]+): ./m.exec(text)?.[1];
  return {
    name: name.replace(/\.[cm]js$/, ""),
    file,
    flags: /^\/\/ node: (.+)$/m.exec(text)?.[1]?.split(" ") ?? [],
    stderr: stderr === undefined ? undefined : new RegExp(stderr, "g"),
    notOn,
  };
}
