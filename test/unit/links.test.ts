import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const pages = [
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  ...readdirSync(path.join(root, "docs")).flatMap((name) => (name.endsWith(".md") ? [`docs/${name}`] : [])),
];
const read = (page: string) => readFileSync(path.join(root, page), "utf8");

/** Of `[text](target)` and `![text](target)`; what has a scheme is somebody else's. */
function relativeLinks(text: string): string[] {
  const targets = [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target]) => target ?? "");
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

/** As the forges make them of headings. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test("the documents contain links to check", () => {
  assert.ok(pages.flatMap((page) => relativeLinks(read(page))).length > 10);
});

for (const page of pages) {
  test(`${page}: each link leads to a file that exists, and to a heading in it`, () => {
    const broken = relativeLinks(read(page)).filter((target) => {
      const [file = "", anchor] = target.split("#");
      const place = file === "" ? page : path.join(path.dirname(page), file);
      if (!existsSync(path.join(root, place))) return true;
      return anchor !== undefined && !anchors(read(place)).includes(anchor);
    });
    assert.deepEqual(broken, []);
  });
}
