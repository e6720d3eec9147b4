import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { entryCount, rowBytes, textBytes } from "../../../src/board/layout.ts";
import { clearRow, readRow } from "../../../src/board/row-reader.ts";
import { RowWriter } from "../../../src/board/row-writer.ts";
import { assertHolds } from "../../support/properties.ts";

function board(): ArrayBuffer {
  return new ArrayBuffer(3 * rowBytes);
}

describe("a scoreboard row", () => {
  test("shows what its worker wrote, and nothing of its neighbours", () => {
    const memory = board();
    const writer = new RowWriter(memory, 1);
    writer.claim(42, 1_000);
    writer.mode("taking");
    const entry = writer.put("import", "7", 1_500, 2);
    writer.restage(entry ?? -1, "running", 1_600);
    writer.stage(entry ?? -1, "ending");
    writer.counts(3, 1);
    writer.beat(2_000);
    writer.stopHeard(1_900);
    writer.privateBytes(4_096);
    writer.notTaking("full", 2_000);
    const record = readRow(memory, 1);
    assert.deepEqual(record, {
      pid: 42,
      mode: "taking",
      notTakingReason: "full",
      beatAt: 2_000,
      tookAt: 1_500,
      finished: 3,
      failed: 1,
      privateBytes: 4_096,
      stopAskedAt: 0,
      jobStopAskedAt: 0,
      stopHeardAt: 1_900,
      holding: [{ queue: "import", id: "7", startedAt: 1_600, starts: 2, stage: "ending" }],
    });
    assert.equal(readRow(memory, 0), undefined);
    assert.equal(readRow(memory, 2), undefined);
  });

  test("is not written before it is claimed: init may have given it to another worker", () => {
    const memory = board();
    const owner = new RowWriter(memory, 0);
    const other = new RowWriter(memory, 0);
    owner.claim(42, 1);
    owner.mode("taking");
    owner.notTaking(undefined, 2);
    const before = readRow(memory, 0);
    other.mode("stopping");
    other.notTaking("noQueues", 3);
    other.stopHeard(4);
    other.beat(5);
    other.counts(6, 7);
    assert.deepEqual(readRow(memory, 0), before);
  });

  test("shows the mode that its worker had before it was claimed", () => {
    const memory = board();
    const writer = new RowWriter(memory, 0);
    writer.mode("stopping");
    writer.stopHeard(1);
    writer.claim(42, 2);
    assert.equal(readRow(memory, 0)?.mode, "stopping");
    assert.equal(readRow(memory, 0)?.stopHeardAt, 1);
  });

  test("belongs to nobody after it was emptied", () => {
    const memory = board();
    const writer = new RowWriter(memory, 0);
    writer.claim(42, 1);
    writer.put("import", "7", 2);
    clearRow(memory, 0);
    assert.equal(readRow(memory, 0), undefined);
  });

  test("refuses a name that does not fit, and one job too many", () => {
    const writer = new RowWriter(board(), 0);
    assert.equal(writer.put("q".repeat(textBytes), "1", 1), undefined);
    assert.notEqual(writer.put("ü".repeat(textBytes / 2 - 1), "1", 1), undefined);
    for (let held = 1; held < entryCount; held++) assert.notEqual(writer.put("q", String(held), 1), undefined);
    assert.equal(writer.put("q", "too many", 1), undefined);
    writer.erase(5);
    assert.equal(writer.put("q", "in its place", 1), 5);
  });

  test("hides an entry whose writer died in the middle of it", () => {
    const memory = board();
    const writer = new RowWriter(memory, 0);
    writer.claim(42, 1);
    writer.put("import", "7", 2);
    const words = new Int32Array(memory);
    const [sequence] = [...words.keys()].filter((index) => index >= 16 && words[index] === 2);
    Atomics.add(words, sequence ?? 0, 1);
    assert.deepEqual(readRow(memory, 0)?.holding, []);
  });

  test("holds what was put and not yet taken, after any sequence of both", () => {
    const step = fc.oneof(
      fc.record({ put: fc.tuple(fc.string({ minLength: 1 }), fc.string()) }),
      fc.record({ take: fc.nat() }),
    );
    assertHolds(
      fc.property(fc.array(step), (steps) => {
        const memory = board();
        const writer = new RowWriter(memory, 2);
        writer.claim(1, 0);
        const held = new Map<number, string>();
        for (const one of steps) {
          if ("put" in one) {
            const [queue, id] = one.put.map((text) => text.toWellFormed()) as [string, string];
            const index = writer.put(queue, id, 1);
            if (index !== undefined) held.set(index, JSON.stringify([queue, id]));
          } else if (held.size > 0) {
            const index = [...held.keys()][one.take % held.size] as number;
            writer.erase(index);
            held.delete(index);
          }
        }
        const seen = readRow(memory, 2)?.holding.map(({ queue, id }) => JSON.stringify([queue, id])) ?? [];
        assert.deepEqual(seen.toSorted(), [...held.values()].toSorted());
      }),
    );
  });

  test("that an application has overwritten neither makes a reader throw nor shows an impossible worker", () => {
    assertHolds(
      fc.property(fc.uint8Array({ minLength: rowBytes, maxLength: rowBytes, size: "max" }), (bytes) => {
        const record = readRow(bytes.buffer, 0);
        if (record === undefined) return;
        assert.ok(record.pid > 0 && Number.isSafeInteger(record.finished) && record.beatAt >= 0);
        for (const { queue, id } of record.holding) assert.ok(queue.length + id.length <= textBytes);
      }),
      { runs: 50 },
    );
  });
});
