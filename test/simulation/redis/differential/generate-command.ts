import fc from "fast-check";
import { commandTemplates, pools } from "./command-templates.ts";
import type { CommandWords } from "./servers.ts";

/** A command of some template, with words drawn from the pools. */
export const anyCommand: fc.Arbitrary<CommandWords> = fc.oneof(...commandTemplates.map(ofTemplate));

/** The commands that make each key hold its own type, so that most commands meet values. */
export const prologue: readonly CommandWords[] = [
  ["SET", "s", "10"],
  ["HSET", "h", "f", "1", "g", "abc", "1", "5"],
  ["RPUSH", "l", "a", "b", "1", "a", "c", "b"],
  ["SADD", "t", "a", "b", "10"],
  ["ZADD", "z", "1", "a", "1", "b", "2", "c", "-1", "10", "1", "B"],
  ["XADD", "x", "1-1", "f", "a", "g", "b"],
  ["XADD", "x", "2-0", "f", "b"],
  ["XADD", "x", "2-1", "f", "c"],
];

function ofTemplate(template: string): fc.Arbitrary<CommandWords> {
  return fc.tuple(...template.split(" ").map(ofPart)).map((parts) => parts.flat());
}

function ofPart(part: string): fc.Arbitrary<string[]> {
  if (part.endsWith("+"))
    return fc.array(ofPart(part.slice(0, -1)), { minLength: 1, maxLength: 3 }).map((words) => words.flat());
  if (part.startsWith("[") && part.endsWith("]") && !part.slice(1).includes("["))
    return fc.oneof(
      { weight: 3, arbitrary: fc.constant<string[]>([]) },
      { weight: 2, arbitrary: ofPart(part.slice(1, -1)) },
    );
  if (part.startsWith("[") && part.endsWith("]"))
    return fc.oneof(
      { weight: 3, arbitrary: fc.constant<string[]>([]) },
      { weight: 2, arbitrary: ofSequence(part.slice(1, -1)) },
    );
  if (part.includes(",")) return ofSequence(part);
  if (part.includes("|")) return fc.oneof(...part.split("|").map(ofPart));
  const pool = pools[part];
  return pool === undefined ? fc.constant([part]) : fc.constantFrom(...pool).map((word) => [word]);
}

function ofSequence(part: string): fc.Arbitrary<string[]> {
  return fc.tuple(...part.split(",").map(ofPart)).map((parts) => parts.flat());
}
