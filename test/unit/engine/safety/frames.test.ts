import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { captureFrames, framesOf } from "../../../../src/engine/safety/frames.ts";

test("a frame names the path of an ES module, even if its URL is encoded", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "forker frames-ä-"));
  try {
    const file = path.join(folder, "caller.mjs");
    writeFileSync(file, "export const call = (capture) => capture();\n");
    const { call } = (await import(pathToFileURL(file).href)) as { call: (capture: () => object) => object };
    const frames = framesOf(call(() => captureFrames()));
    assert.ok(
      frames.some((frame) => frame.file === file && frame.line === 1),
      JSON.stringify(frames),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
