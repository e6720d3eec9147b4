// Builds dist/: the entrypoint as one JavaScript file, the public API, and the addon.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { buildAddon, strict } from "./build-addon.mjs";

const root = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(root, "dist");
mkdirSync(out, { recursive: true });
const { version } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));

// Bundled CommonJS packages call require(), which an ES module does not have. No package uses the prefixed name.
const requireForCommonJs =
  'import { createRequire as __forkerCreateRequire } from "node:module";' +
  "const require = __forkerCreateRequire(import.meta.url);";

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

if (process.platform === "linux") buildAddon(process.arch, strict);
await bundle("src/entrypoint.ts", "entrypoint.mjs", {
  // Node compiles the whole file before its first line runs, and until then no signal listener is installed: fewer characters
  // shorten that time.
  banner: { js: `#!/usr/bin/env node\n${requireForCommonJs}` },
  minifyWhitespace: true,
  minifySyntax: true,
  define: { FORKER_PACKAGE_VERSION: JSON.stringify(version) },
  external: ["pg", "redis", "bullmq-otel"],
});
chmodSync(path.join(out, "entrypoint.mjs"), 0o755);
await buildApi();
buildTypes();
