import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CommandReader } from "../../../../src/bull/rehearsal/commands.ts";
import { assertHolds } from "../../../support/properties.ts";

const encode = (words: readonly string[]) =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`;

test("commands are read whole, wherever the bytes are divided", () => {
  const commands = fc.array(fc.array(fc.string({ unit: "binary" }), { minLength: 1 }));
  assertHolds(
    fc.property(commands, fc.array(fc.nat(40)), (given, sizes) => {
      const bytes = Buffer.from(given.map(encode).join(""));
      const reader = new CommandReader();
      const read: string[][] = [];
      let at = 0;
      for (const size of [...sizes, bytes.length]) {
        read.push(...reader.read(bytes.subarray(at, at + size)));
        at += size;
      }
      assert.deepEqual(
        read,
        JSON.parse(JSON.stringify(given.map((words) => words.map((word) => word.toWellFormed())))),
      );
    }),
  );
});
