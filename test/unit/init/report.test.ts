import assert from "node:assert/strict";
import { test } from "node:test";
import { accountText } from "../../../src/init/report.ts";

test("the exit line names what was handed back", () => {
  const handedBack = [
    { queue: "mail", id: "991" },
    { queue: "mail", id: "992" },
  ];
  const text = accountText({ finished: 5, failed: 0, handedBack, lost: [] });
  assert.equal(text, "finished 5, handed back 2 (mail:991, mail:992)");
});

test("the exit line names what was lost, and stays one line however many there are", () => {
  const lost = Array.from({ length: 500 }, (_, id) => ({ queue: "q", id: String(id) }));
  const text = accountText({ finished: 0, failed: 3, handedBack: [], lost });
  assert.match(text, /^finished 0, failed 3, not handed back 500 \(q:0, .*q:9, …\)$/);
});
