// Builds dist/: the entrypoint as one JavaScript file, the public API, and the addon.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync } from "node:zlib";
import { build, transform } from "esbuild";
import { buildAddon, strict } from "./build-addon.mjs";

const root = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(root, "dist");
mkdirSync(out, { recursive: true });
const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

// Bundled CommonJS packages call require(), which an ES module does not have. No package uses the prefixed name.
const requireForCommonJs =
  'import { createRequire as __forkerCreateRequire } from "node:module";' +
  "const require = __forkerCreateRequire(import.meta.url);";

/** An application may replace the global Promise, for instance by one that lacks withResolvers(). */
const ownPromise = "const Promise = globalThis.Promise;";

/** What BullMQ and ioredis require only if an application uses it. */
const external = ["pg", "redis", "bullmq-otel"];
// Node compiles the whole file before its first line runs, and until then no signal listener is installed: fewer characters
// shorten that time.
const smaller = { minifyWhitespace: true, minifySyntax: true };

/** forker's own BullMQ and ioredis, as the text of one CommonJS module, compressed. */
async function compressedOwnCopy() {
  const contents = 'exports.bullmq = require("bullmq"); exports.ioredis = require("ioredis");';
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: "js" },
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node22.18",
    logLevel: "warning",
    legalComments: "none",
    write: false,
    external,
    ...smaller,
  });
  return brotliCompressSync(outputFiles[0].contents).toString("base64");
}

const placeOfOwnCopy = "__FORKER_OWN_COPY__";

/**
 * Replaces src/bull/library/own-copy.ts. Until the function that returns the text is called, V8 only looks for the end of the
 * string, which is therefore compressed. V8 takes twice as long to find the end of a template literal, which esbuild would write.
 */
const ownCopyAsText = {
  name: "own-copy-as-text",
  setup({ onLoad }) {
    onLoad({ filter: /src\/bull\/library\/own-copy\.ts$/ }, () => ({
      resolveDir: root,
      contents: `import { createRequire } from "node:module";
        import { dirname } from "node:path";
        import { fileURLToPath } from "node:url";
        import { compileFunction, constants } from "node:vm";
        const compressed = () => Buffer.from("${placeOfOwnCopy}", "base64");
        let copy;
        export async function ownCopy() {
          if (copy !== undefined) return copy;
          const { brotliDecompressSync } = await import("node:zlib");
          const file = fileURLToPath(import.meta.url);
          const module = { exports: {} };
          const text = brotliDecompressSync(compressed()).toString();
          const run = compileFunction(text, ["exports", "require", "module", "__filename", "__dirname"], {
            filename: import.meta.url,
            importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
          });
          run(module.exports, createRequire(import.meta.url), module, file, dirname(file));
          return (copy = module.exports);
        }`,
    }));
  },
};

async function bundle(entry, file, options = {}) {
  await build({
    entryPoints: [path.join(root, entry)],
    outfile: path.join(out, file),
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22.18",
    logLevel: "warning",
    legalComments: "none",
    ...options,
  });
}

/**
 * What applications import. import and require() give the same objects: index.mjs only names those of index.cjs, as Node
 * recommends (nodejs.org/api/packages.html, dual package hazard).
 */
async function buildApi() {
  // CommonJS has no import.meta: src/app/run-main.ts uses __dirname instead.
  await bundle("src/index.ts", "index.cjs", { format: "cjs", logOverride: { "empty-import-meta": "silent" } });
  const names = Object.keys(createRequire(import.meta.url)(path.join(out, "index.cjs")));
  writeFileSync(path.join(out, "index.mjs"), `export { ${names.join(", ")} } from "./index.cjs";\n`);
}

/** bullmq is an optional peer. Where it is missing, its types are `any`, and src/app/definition.ts has others instead. */
const markOptional = (text) =>
  text.replaceAll(/^(?=export type .* from "bullmq";$)/gm, "// @ts-ignore: bullmq may not be installed\n");

/**
 * The declarations of the public API, for import and for require(). Their imports name .ts files, which an installed package
 * does not have.
 */
function buildTypes() {
  const folder = path.join(out, "types");
  rmSync(folder, { recursive: true, force: true });
  execFileSync(process.execPath, [path.join(root, "node_modules/typescript/bin/tsc"), "-p", "tsconfig.types.json"], {
    stdio: "inherit",
    cwd: root,
  });
  for (const name of readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(".d.ts"))) {
    const file = path.join(folder, name);
    const text = markOptional(readFileSync(file, "utf8"));
    const importing = (extension) => text.replaceAll(/(from "\.[^"]*)\.ts"/g, `$1.${extension}"`);
    writeFileSync(file, importing("js"));
    writeFileSync(file.replace(/\.ts$/, ".cts"), importing("cjs"));
  }
}

/** The page of FORKER_HTTP, as one file: it loads nothing, and its policy names what is in it by hash. */
async function pageText() {
  const folder = path.join(root, "src/admin/page/client");
  const bundled = { bundle: true, write: false, format: "esm", minify: true, target: "es2022", legalComments: "none" };
  const { outputFiles } = await build({ ...bundled, entryPoints: [path.join(folder, "main.js")] });
  const css = readFileSync(path.join(folder, "page.css"), "utf8");
  const style = (await transform(css, { loader: "css", minify: true })).code;
  const html = readFileSync(path.join(folder, "page.html"), "utf8").replaceAll(/^ +/gm, "");
  return html.replace("/* page.css */", () => style).replace("/* main.js */", () => outputFiles[0].text);
}

if (process.platform === "linux") buildAddon(process.arch, strict);
await bundle("src/entrypoint.ts", "entrypoint.mjs", {
  banner: { js: `#!/usr/bin/env node\n${requireForCommonJs}${ownPromise}` },
  ...smaller,
  define: { FORKER_PACKAGE_VERSION: JSON.stringify(version), FORKER_PAGE: JSON.stringify(await pageText()) },
  external,
  plugins: [ownCopyAsText],
});
const entrypoint = path.join(out, "entrypoint.mjs");
const [head, tail, ...others] = readFileSync(entrypoint, "utf8").split(`"${placeOfOwnCopy}"`);
if (tail === undefined || others.length > 0) throw new Error("the bundle has no single place for its own BullMQ");
const text = `${head}"${await compressedOwnCopy()}"${tail}`;
// V8 keeps such a source with two bytes for each character, and takes longer to read it. esbuild escapes strings only.
const wide = /.{0,40}[^\0-\xff].{0,40}/.exec(text);
if (wide !== null) throw new Error(`the bundle has a character outside of Latin-1, write it as an escape: ${wide[0]}`);
writeFileSync(entrypoint, text);
chmodSync(entrypoint, 0o755);
await buildApi();
buildTypes();
