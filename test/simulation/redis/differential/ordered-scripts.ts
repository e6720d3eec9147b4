import { createHash } from "node:crypto";

/**
 * In a real server, the order of a set is arbitrary once it has held a string that is not an integer, and so is what a script does
 * that iterates over it. For the comparison, scripts iterate in the model's order.
 */
const members = `local function orderedMembers(key)
  local found = redis.call("SMEMBERS", key)
  local isBefore = function(a, b) return tonumber(a) < tonumber(b) end
  for _, one in ipairs(found) do
    if not tonumber(one) then isBefore = nil end
  end
  table.sort(found, isBefore)
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
