import { createHash } from "node:crypto";

/**
 * In a real server, the order of a set of strings is arbitrary, and scripts that iterate over it have arbitrary results. For the
 * comparison, they iterate over it in the model's order.
 */
const members = `local function orderedMembers(key)
  local found = redis.call("SMEMBERS", key)
  for _, one in ipairs(found) do
    if not tonumber(one) then table.sort(found) break end
  end
  return found
end `.replace(/\n\s*/g, " ");

const read = /(?:rcall|redis\.call)\(\s*['"]SMEMBERS['"]\s*,\s*/g;

export class OrderedScripts {
  readonly #shas = new Map<string, string>();

  /** The same command, whose script iterates over sets in order. */
  replace(argv: readonly string[]): readonly string[] {
    const [name = "", script = "", ...args] = argv;
    if (/^evalsha$/i.test(name)) return [name, this.#shas.get(script) ?? script, ...args];
    if (!/^eval$/i.test(name)) return argv;
    const ordered = members + script.replace(read, "orderedMembers(");
    this.#shas.set(shaOf(script), shaOf(ordered));
    return [name, ordered, ...args];
  }
}

function shaOf(script: string): string {
  return createHash("sha1").update(script, "latin1").digest("hex");
}
