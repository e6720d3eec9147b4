import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { memberTable } from "../../../../src/bull/adoption/member-table.ts";

const modules = path.join(import.meta.dirname, "../../../../node_modules");
const copies = ["bullmq", "bullmq-5"];

/** The names of the public and protected members that the class in this file declares. tsc prints each on a line of its own. */
function membersOf(file: string, className: string): string[] {
  const text = readFileSync(file, "utf8");
  const begin = text.indexOf(`export declare class ${className}`);
  assert.ok(begin >= 0, `${file} declares ${className}`);
  const body = text.slice(begin).split("\n");
  const end = body.findIndex((line) => line === "}");
  return body.slice(1, end).flatMap((line) => {
    const found = /^ {4}(?!\s|\*|\/\*)((?:(?:public|protected|private|static|readonly|get|set|abstract) )*)(\w+)/.exec(
      line,
    );
    const [, modifiers = "", name = ""] = found ?? [];
    return found === null || modifiers.includes("private") || name === "constructor" ? [] : [name];
  });
}

function declaredBy(copy: string): Set<string> {
  const folder = path.join(modules, copy, "dist/esm/classes");
  return new Set([
    ...membersOf(path.join(folder, "worker.d.ts"), "Worker"),
    ...membersOf(path.join(folder, "queue-base.d.ts"), "QueueBase"),
  ]);
}

describe("The table of an adopted Worker's members", () => {
  for (const copy of copies)
    test(`has every member that ${copy} declares`, () => {
      const declared = declaredBy(copy);
      assert.ok(declared.has("pause") && declared.has("trace"), "the declarations are parsed");
      const missing = [...declared].filter((name) => !Object.hasOwn(memberTable, name));
      assert.deepEqual(missing, []);
    });

  test("has no member that neither version declares", () => {
    const declared = new Set(copies.flatMap((copy) => [...declaredBy(copy)]));
    assert.deepEqual(
      Object.keys(memberTable).filter((name) => !declared.has(name)),
      [],
    );
  });
});
