// npm run check:phrases [-- --count] [files or folders]: finds phrases that are not idiomatic English in comments, strings, test
// names and documents. If a line needs one, write "phrases: allow" on that line or on the one before it.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { phrases } from "./phrases.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const places = [
  "src",
  "test",
  "docs",
  "bench",
  "scripts",
  "examples",
  "build.mjs",
  "build-addon.mjs",
  "README.md",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
];
/** The list itself, packages, generated files and data. */
const isSkipped = (file) => file === "scripts/phrases.mjs" || /(?:^|\/)(?:node_modules|\.generated|data)\//.test(file);
const isCode = (file) => /\.(?:ts|mts|mjs|cjs|js|cc|h)$/.test(file);
const allowance = "phrases: allow";

/** Comments and literals. A regular expression is matched so that its quotation marks do not open a string. */
const tokens =
  /(?<comment>\/\*[^]*?\*\/|\/\/.*(?:\n[^\S\n]*\/\/.*)*)|(?<=[(,=:[!&|?{};+]\s*|return\s+)(?<regex>\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[dgimsuvy]*)|(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)/g;
const testName = /(?:\b(?:test|describe|it|suite)(?:\.\w+)?)\(\s*$/;

/** The English parts of a file, each with its position. Of the strings in tests, only the tests' names count. */
function* proseOf(file, text) {
  if (!isCode(file)) {
    yield { at: 0, prose: text.replaceAll(/`[^`\n]+`|\]\([^)\n]*\)|https?:\/\/\S+/g, blank) };
    return;
  }
  for (const { groups, index, 0: token } of text.matchAll(tokens)) {
    if (groups.comment !== undefined) yield { at: index, prose: withoutMarkers(token).replaceAll(/`[^`\n]+`/g, blank) };
    else if (groups.string === undefined) continue;
    else if (!file.startsWith("test/") || testName.test(text.slice(Math.max(0, index - 40), index)))
      yield { at: index + 1, prose: token.slice(1, -1).replaceAll(/\$\{[^}]*\}/g, (code) => "X".repeat(code.length)) };
  }
}

/** Replaces the markers at the start of a comment's lines with blanks: phrases match across lines, and positions stay. */
function withoutMarkers(comment) {
  return comment.replaceAll(/^\/\*\*?|\*\/$|(?<=\n)[^\S\n]*\*(?!\/)|(?<=^|\n)[^\S\n]*\/\//g, (marker) =>
    " ".repeat(marker.length),
  );
}

/** Inline code is not English, but the sentence around it continues. */
function blank(code) {
  return "X".repeat(code.length);
}

function hitsIn(file) {
  const text = readFileSync(path.join(root, file), "utf8");
  const lines = text.split("\n");
  return [...proseOf(file, text)].flatMap(({ at, prose }) =>
    phrases.flatMap(({ name, pattern, instead }) =>
      [...prose.matchAll(pattern)].flatMap((match) => {
        const start = at + match.index + (match[0].length - match[0].trimStart().length);
        const line = text.slice(0, start).split("\n").length;
        const isAllowed = [lines[line - 1], lines[line - 2]].some((one) => one?.includes(allowance));
        return isAllowed ? [] : [{ file, line, name, found: match[0].trim().replaceAll(/\s+/g, " "), instead }];
      }),
    ),
  );
}

/** The files that git tracks, or would track. */
function filesIn(given) {
  const listing = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--", ...given], {
    cwd: root,
    encoding: "utf8",
  });
  if (listing.status !== 0) throw new Error(`git ls-files failed: ${listing.error?.message ?? listing.stderr}`);
  return [...new Set(listing.stdout.split("\n"))].filter(
    (file) => (isCode(file) || file.endsWith(".md")) && !isSkipped(file) && existsSync(path.join(root, file)),
  );
}

function countBy(hits, keyOf) {
  const counts = Map.groupBy(hits, keyOf);
  return [...counts]
    .map(([key, group]) => ({ key, count: group.length }))
    .toSorted((one, other) => other.count - one.count)
    .map(({ key, count }) => `${String(count).padStart(5)}  ${key}`);
}

const words = process.argv.slice(2);
const given = words.filter((word) => !word.startsWith("-"));
const hits = filesIn(given.length > 0 ? given : places).flatMap(hitsIn);
if (words.includes("--count")) {
  const folderOf = ({ file }) =>
    file
      .split("/")
      .slice(0, file.startsWith("src/") ? 2 : 1)
      .join("/");
  console.log(
    [...countBy(hits, ({ name }) => name), "", ...countBy(hits, folderOf), "", `${hits.length} in all`].join("\n"),
  );
} else {
  for (const { file, line, found, instead } of hits) console.error(`${file}:${line}: "${found}" -> ${instead}`);
  process.exitCode = hits.length === 0 ? 0 : 1;
}
