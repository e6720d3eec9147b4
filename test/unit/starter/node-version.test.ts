import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { nodeMajorFor } from "../../../src/starter/node-version.ts";

describe("the Node of an image", () => {
  for (const [range, major] of [
    [undefined, 24],
    ["*", 24],
    ["", 24],
    [">=20", 24],
    [">= 22.18.0", 24],
    ["^22.3.0", 22],
    ["~22.18", 22],
    ["22", 22],
    ["22.x", 22],
    ["v22.20.0", 22],
    ["=26", 26],
    ["^20 || ^22", 22],
    ["20 || >=26", 26],
    ["18 - 22", 22],
    [">=22 <24", 22],
    [">=22 <24.0.0", 22],
    [">=22 <24.3", 24],
    [">24", 26],
    [">24.1", 24],
    ["<=24", 24],
    ["<23", 22],
    ["lts/*", 24],
    ["20.x", undefined],
    ["<22", undefined],
    [">=18 <=20.19.0", undefined],
  ] as const) {
    test(`for engines.node ${JSON.stringify(range)} is ${major}`, () => assert.equal(nodeMajorFor(range), major));
  }
});
